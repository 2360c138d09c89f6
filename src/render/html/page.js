(function () {
  'use strict';
  var form = document.getElementById('filter');
  var all = function (selector, within) {
    return Array.prototype.slice.call((within || document).querySelectorAll(selector));
  };
  var opened = [];
  addEventListener('beforeprint', function () {
    opened = all('details:not([open])');
    opened.forEach(function (it) { it.open = true; });
  });
  addEventListener('afterprint', function () {
    opened.forEach(function (it) { it.open = false; });
    opened = [];
  });
  var target = function () {
    var hash = location.hash.slice(1);
    var there = hash && hash.indexOf('=') < 0 ? document.getElementById(hash) : null;
    if (there && there.tagName === 'DETAILS') {
      there.open = true;
      there.scrollIntoView();
    }
  };
  if (!form) {
    return;
  }
  var names = ['q', 'severity', 'pillar', 'namespace', 'state'];
  var count = document.getElementById('count');
  var nothing = document.getElementById('nothing');
  var button = document.getElementById('open');
  var severities = all('option', form.elements.severity).map(function (it) { return it.value; }).slice(1);
  var total = 0;
  var unfolded = [];
  var checks = all('.check').map(function (box) {
    var rows = all('.rows>li', box).map(function (row) {
      return {
        row: row,
        namespace: row.getAttribute('data-n') || '',
        state: row.getAttribute('data-s') || 'open',
        text: null,
        shown: true
      };
    });
    total += rows.length;
    return {
      box: box,
      rows: rows,
      lists: all('.rows', box),
      severity: Number(box.getAttribute('data-severity')),
      pillar: box.getAttribute('data-pillar'),
      text: (box.querySelector('h4').textContent + ' ' + box.id.slice(6)).toLowerCase(),
      where: box.querySelector('.where'),
      words: box.querySelector('.where').textContent
    };
  });
  var groups = all('.group').map(function (box) { return { box: box, size: box.querySelector('small') }; });
  var number = function (n) { return String(n).replace(/\B(?=(\d{3})+$)/g, ','); };
  var read = function () {
    var values = {};
    names.forEach(function (name) { values[name] = form.elements[name].value; });
    return values;
  };
  var apply = function () {
    var wanted = read();
    var words = wanted.q.toLowerCase().split(/\s+/).filter(Boolean);
    var worst = wanted.severity === '' ? -1 : severities.indexOf(wanted.severity);
    var exact = worst === severities.length - 1;
    var active = names.some(function (name) { return wanted[name] !== ''; });
    var shown = 0;
    var boxes = [];
    checks.forEach(function (check) {
      var fits = (wanted.pillar === '' || check.pillar === wanted.pillar) &&
        (worst < 0 || (exact ? check.severity === worst : check.severity <= worst));
      var left = fits ? words.filter(function (word) { return check.text.indexOf(word) < 0; }) : [];
      var here = 0;
      if (fits) {
        check.rows.forEach(function (it) {
          var show = (wanted.namespace === '' || it.namespace === wanted.namespace.slice(1)) &&
            (wanted.state === '' || it.state === wanted.state);
          if (show && left.length) {
            if (it.text === null) {
              it.text = it.row.textContent.toLowerCase();
            }
            show = left.every(function (word) { return it.text.indexOf(word) >= 0; });
          }
          if (show !== it.shown) {
            it.shown = show;
            it.row.hidden = !show;
          }
          if (show) {
            here += 1;
          }
        });
        check.lists.forEach(function (list) {
          var empty = !list.querySelector('li:not([hidden])');
          list.hidden = empty;
          if (list.previousElementSibling.className === 'state') {
            list.previousElementSibling.hidden = empty;
          }
        });
      }
      check.box.hidden = here === 0;
      check.where.textContent = active && here !== check.rows.length ?
        number(here) + ' of ' + number(check.rows.length) + (check.rows.length === 1 ? ' finding' : ' findings') : check.words;
      if (here) {
        shown += here;
        boxes.push(check.box);
      }
    });
    groups.forEach(function (group) {
      var left = all('.check:not([hidden])', group.box).length;
      group.box.hidden = left === 0;
      group.size.textContent = number(left) + (left === 1 ? ' check' : ' checks');
    });
    nothing.hidden = shown > 0;
    count.textContent = (shown === total ? number(total) : number(shown) + ' of ' + number(total)) +
      (total === 1 ? ' finding' : ' findings') + ' in ' + number(boxes.length) + (boxes.length === 1 ? ' check' : ' checks');
    // What a narrow filter opened, it closes again.
    unfolded.forEach(function (box) { box.open = false; });
    unfolded = [];
    if (active && (wanted.q || wanted.namespace) && shown <= 40) {
      unfolded = boxes.filter(function (box) { return !box.open; });
      unfolded.forEach(function (box) { box.open = true; });
    }
    say();
  };
  var say = function () {
    button.textContent = document.querySelector('.check:not([hidden]):not([open])') ? 'Open all' : 'Close all';
  };
  var remember = function () {
    var wanted = read();
    var parts = names.filter(function (name) { return wanted[name] !== ''; }).map(function (name) {
      return name + '=' + encodeURIComponent(wanted[name]);
    });
    history.replaceState(null, '', parts.length ? '#' + parts.join('&') : location.pathname + location.search);
  };
  var recall = function () {
    var hash = location.hash.slice(1);
    if (hash !== '' && hash.indexOf('=') < 0) {
      form.reset();
      apply();
      target();
      return;
    }
    var values = {};
    hash.split('&').forEach(function (part) {
      var at = part.indexOf('=');
      try {
        values[part.slice(0, at)] = decodeURIComponent(part.slice(at + 1));
      } catch (_) {
        // A broken escape sets nothing.
      }
    });
    names.forEach(function (name) {
      var field = form.elements[name];
      field.value = values.hasOwnProperty(name) ? values[name] : '';
      if (field.selectedIndex === -1) {
        field.selectedIndex = 0;
      }
    });
    apply();
  };
  var timer;
  form.addEventListener('input', function () {
    clearTimeout(timer);
    timer = setTimeout(function () {
      apply();
      remember();
    }, 120);
  });
  form.addEventListener('submit', function (event) { event.preventDefault(); });
  form.addEventListener('reset', function () {
    setTimeout(function () {
      apply();
      remember();
    }, 0);
  });
  button.addEventListener('click', function () {
    var open = !!document.querySelector('.check:not([hidden]):not([open])');
    all('.check:not([hidden])').forEach(function (box) { box.open = open; });
    say();
  });
  document.addEventListener('toggle', say, true);
  all('[data-filter]').forEach(function (cell) {
    var link = document.createElement('a');
    var parts = cell.getAttribute('data-filter').split('=');
    link.href = '#' + parts.shift() + '=' + encodeURIComponent(parts.join('='));
    link.textContent = cell.textContent;
    cell.textContent = '';
    cell.appendChild(link);
    link.addEventListener('click', function () {
      setTimeout(function () {
        var place = document.getElementById('findings');
        place.scrollIntoView();
        place.focus({ preventScroll: true });
      }, 0);
    });
  });
  addEventListener('hashchange', recall);
  form.hidden = false;
  recall();
})();
