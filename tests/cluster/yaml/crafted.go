package main

import (
	"fmt"
	"strings"
)

// crafted are texts about one thing each: every scalar by itself, and what readers disagree on.
func crafted() []string {
	texts := []string{
		"a: {privileged: false, <<: {privileged: true}}", "a: {<<: {privileged: true}, privileged: false}",
		"a: {x: 1, <<: {x: 2}, <<: {x: 3}}", "a: {<<: [{x: 1}, {x: 2, y: 3}]}", "a: {x: 0, <<: [{x: 1}, {x: 2, y: 3}], y: 4}",
		"a: &a {x: 1}\nb: {<<: *a, y: 2}", "a: &a {x: 1}\nb: &b {<<: *a, x: 2}\nc: {x: 3, <<: [*a, *b]}", "a: &a {x: 1}\nb: {<<: {<<: *a, x: 5}}",
		"a: &a [{x: 1}]\nb: {<<: *a}", "a: {<<: null}", "a: {<<: 1}", "a: {<<: [1]}", "a: {<<: []}", "a: {<<: {}}", "a: {\"<<\": {x: 1}}", "a: {'<<': {x: 1}}", "a: {!!merge <<: {x: 1}}", "a: {!!str <<: {x: 1}}",
		"a: &a {<<: *a}", "a: &a {b: *a}", "a: &a [*a]", "a: &a [1, [*a]]", "a: *a", "a: &a 1\nb: &a 2\nc: *a", "a: &a\nb: *a", "&a a: *a", "a: &a x\n*a : y", "&k key: 1\nb: *k", "a: &a {x: 1}\n? *a\n: 2",
		"a: 1\na: 2", "a: {b: 1, b: 2}", "1: a\n\"1\": b", "yes: a\n\"true\": b", "yes: a\non: b", "a: 1\n? a\n: 2", "0x1: a\n1: b", "a: {x: 1, x: 1}",
		"? a\n: b", "? [a, b]\n: c", "? {a: b}\n: c", "? a\n? b", "{? a : b}", "{? a}", "[? a : b]", "[a: b, c: d]", "[a: b, {c: d}]", "[a : b]", "{a, b: c}", "{a: }", "{a:}", "{a:1}", "{\"a\":1}", "[\"a\":1]", "{a: [}", "{a: b", "[1, 2", "[1, 2]]", "[,]", "[1,,2]", "{,}", "[1,]", "{a: 1,}",
		"- a\n- b", "- - a\n  - b\n- - c", "-\n  a: 1\n-\n  b: 2", "- a: 1\n  b: 2\n-  c: 3\n   d: 4", "a:\n- 1\n- 2\nb: 3", "a:\n  - 1\n - 2", "a:\n- 1\n  - 2", "a: - 1", "a: b: c", "a:\n b: 1\n  c: 2", "a:\n  b: 1\n c: 2", " a: 1\nb: 2", "a: 1\n b: 2", "\ta: 1", "a:\t1", "a: \t1", "a:\n\tb: 1", "a: 1\t# c", "a: |\n\ttext", "a: [\t1,\t2]", "a: {\n\tb: 1}", "-\ta", "- \ta: 1",
		"a: |\n  x\n  y\n", "a: |-\n  x\n", "a: |+\n  x\n\n", "a: >\n  x\n  y\n\n  z\n", "a: >\n  x\n    y\n  z\n", "a: >-\n  x\n", "a: >+\n  x\n\n", "a: |2\n    x\n", "a: |1\n x\n", "a: |0\n x", "a: |10\n x", "a: |x\n  y", "a: | # c\n  x", "a: |#c\n  x", "a: |\nb: 1", "a: |\n\n\n  x\n", "a: |\n   \n  x\n", "a: |\n  x\n \ny: 1", "a: >\n\n  x\n", "|\n  x", "|\nx", ">\nx\ny", "a: |\n  ---\n  x", "a: |\n---\nb: 1", "a: |\n  x\n---\nb: 1", "a: \"x\n--- y\"", "a: 'x\n...\ny'", "a: |\n  # no comment\n # comment\nb: 1", "a: |\n x\n\n# c\n", "a: |-\n  x\r\n  y\r\n", "a: \"x\r\n  y\"",
		"a: \"x\\\n  y\"", "a: \"x\n\n  y\"", "a: 'x\n\n  y'", "a: x\n  y\n\n  z", "a: \"x \\\n   \\ y\"", "a: \"\\x4\"", "a: \"\\q\"", "a: \"\\u12\"", "a: \"\\uD800\"", "a: \"\\U00110000\"", "a: \"\\/\"", "a: \"x", "a: 'x", "a: 'x''y'", "a: \"a\"b", "a: 'a'b", "a: \"a\" b", "\"a\": 1", "'a b': 1", "\"a\n b\": 1", "a\n b: 1", "\"a\" : 1", "a : 1", "? \"a\"\n: 1",
		"a: #x", "a: x #y", "a: x#y", "#x", "# x\n# y\n", "a: [1, #x\n 2]", "a: [1#x\n, 2]", "a: \"x\"#y", "a: 'x' #y", "a: {b: 1 #c\n}", "a: # x\n  b: 1", "a:# x", "a: &x # y\n  b: 1", "- # x\n  a: 1",
		"%YAML 1.1\n---\na: 1", "%YAML 1.2\n---\na: 1", "%YAML 2.0\n---\na: 1", "%TAG ! !x\n---\na: !y 1", "%FOO\n---\na: 1", "%YAML 1.1\na: 1", "---\n%YAML 1.1\n---\na: 1", "a: 1\n%b: 2", "%a: 1", "a: %b",
		"--- a: 1", "---a: 1", "---\na: 1\n---\nb: 2", "--- # c\na: 1", "---#c\na: 1", "----\na: 1", "---\n---\na: 1", "a: 1\n---", "a: 1\n--- ", "a: 1\n...", "a: 1\n...\nb: 2", "a: 1\n...\n---\nb: 2", "a: 1\n... # c\n", "...\na: 1", "a: 1\n---\n...\n---\nb: 2", "a: 1\n ---\nb: 2", "a: x\n --- y", "--- |\n x", "--- {a: 1}", "---\n\n# only\n---\n", "", "\n", " ", "---", "...", "\ufeffa: 1", "\ufeff---\na: 1", "a: 1\n---\n\ufeffb: 2", "a: 1\n\ufeffb: 2", "a: \ufeff1", "a: 1\r---\rb: 2", "a: 1\rb: 2", "a: 1\r\n---\r\nb: 2\r\n", "a: 1\u0085b: 2", "a: 1\u2028b: 2", "a: \"x\u2028y\"", "a: |\n  x\u0085  y\n", "a: x\u2029y", "a: x\u0085", "a: 1\n\n\n\n---\n\n\n\nb: 2",
		"{\"a\": 1}", "{\"a\": 1}{\"b\": 2}", "{\"a\": 1}\n{\"b\": 2}\n{\"c\": 3}", "{\"a\": 1}\n---\n{\"b\": 2}", "{\"a\": 1}\n---\nb: 2", "{\"a\": 1}\n{\"b\": 2}\n---\nc: 3", "{\"a\": 1}\n---\n{\"b\": 2}\n---\n{\"c\": 3}", "{\"a\": 1,}", "{\"a\": 1} x", "{\"a\": 1}, {\"b\": 2}", "{a: 1}\n---\n{b: 2}", "{\"a\": 01}", "{\"a\": 1e3}", "{\"a\": 1.0}", "{\"a\": 1e400}", "{\"a\": 99999999999999999999}", "{\"a\": -0}", "{\"a\": NaN}", "{\"a\": yes}", "{\"a\": \"\\ud800\"}", "{\"a\": \"\\/\"}", "{\"a\": \"\t\"}", "{\"a\": 'x'}", "{\"a\": 1 # c\n}", "{\"a\": &x 1, \"b\": *x}", "[{\"a\": 1}]", "[1, 2]\n", "\"text\"", "1", "text", "null", "~", "true\n---\nfalse", "\n\n {\"a\": 1}", "# c\n{\"a\": 1}", "{\n\t\"a\": 1\n}", "{\"a\": {\"b\": [1, 2, {\"c\": null}]}}",
		"a: !x\n  b: 1", "a: !x [1]", "a: !!map {b: 1}", "a: !!seq [1]", "a: !!seq {b: 1}", "a: !!set {b, c}", "a: !!omap [b: 1]", "a: !!null {b: 1}", "a: !!null [1]", "a: !!str [1]", "!!str a: 1", "!!int 1: a", "!!binary aGVsbG8=: 1", "a: !!binary |\n  aGVs\n  bG8=\n", "a: !<x> 1", "a: !<", "a: [!x, 1]", "a: [!!str, 1]", "a: [! , 1]", "a: [!<x>, 1]", "a: {!x, b: 1}", "a: \"y !x, z\"", "a: |\n  y !x, z\n", "# !x,\na: 1", "a: y !x, z", "a: [y !x, z]", "a: !x, y", "a: [x?y]", "a: [?x]", "a: {?x : 1}", "a: {x?: 1}", "a: [x ? y]", "a: !x! 1", "a: !!", "a: ! x", "a: !x &y 1\nb: *y", "a: &y !x 1\nb: *y", "a: &y &z 1", "a: !x !y 1", "a: &", "a: *", "a: &x.y 1", "a: &x-y_z 1\nb: *x-y_z", "a: &é 1\nb: *é", "a: *x y", "a: &x\n  b: 1\nc: *x\nd: *x", "a: &x [1]\nb: [*x, *x]", "a: &x 1\nb: {c: *x}", "a: &x 1\nb: {*x : c}", "a: &x 1\nb: [*x,*x]", "a: !custom {b: !other 1}",
		"a: @b", "a: `b`", "a: ,b", "a: [b]c", "a: }b", "a: ?b", "a: -b", "a: - b", "a: :b", "a: &b", "a: |b", "a: >b", "a: \"", "a: '", "@a: 1", "a: b:", "a: b: ", "a: [b:c]", "a: [b: c]", "a: {b:c}", "a: [-]", "a: [- 1]", "a: [?]", "a: {?b: 1}", "a: [:b]", "a: {:b: 1}", "a: [a, b c, d]", "a: http://b:80/c", "a: [http://b]", "a: {b: http://c}", "a: x, y", "a: x] y", "a: b\nc", "a\n", "a:", "a:\nb:", "a:\n", ":", ": a", "- ", "-", "- \n- ", "?", "? ", "a: x\n- y", "a: \x07", "a: \x00", "a: \x7f", "a: \u0080", "a: \ufffe", "a: \U0010ffff", "a: \"\x07\"", "\x01", "a: x\x1by",
		".5: a", "1.5: a", "1e6: a", "1000000.5: a", "1e-5: a", "0.00001234: a", "123456.0: a", "1.23456789: a", "-1.5: a", ".inf: a", "-.inf: a", ".nan: a", "~: a", ": a\n", "null: a", "18446744073709551615: a", "9223372036854775808: a", "-1: a", "010: a", "2001-01-01: a", "true: a", "on: a", "[]: a", "{}: a", "'': a", "\"\": a", "!!null x: a", "1e400: a",
		strings.Repeat("[", 120) + strings.Repeat("]", 120), strings.Repeat("[", 200) + strings.Repeat("]", 200), strings.Repeat("- ", 120) + "x", strings.Repeat("- ", 200) + "x", strings.Repeat("{a: ", 120) + strings.Repeat("}", 120), strings.Repeat("{\"a\": ", 200) + "1" + strings.Repeat("}", 200), strings.Repeat("[", 10001),
		"a: " + strings.Repeat("x", 100000), strings.Repeat("k", 1023) + ": 1", strings.Repeat("k", 1025) + ": 1", "{" + strings.Repeat("k", 1025) + ": 1}", "? " + strings.Repeat("k", 2000) + "\n: 1", "\"" + strings.Repeat("k", 1025) + "\": 1", "a: &" + strings.Repeat("x", 300) + " 1\nb: *" + strings.Repeat("x", 300),
	}
	laughs := "a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n"
	for number := 1; number < 9; number++ {
		laughs += fmt.Sprintf("a%d: &a%d [%s]\n", number, number, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", number-1), 10), ","))
		texts = append(texts, laughs)
	}
	for _, scalar := range scalars {
		texts = append(texts, "a: "+scalar+"\n", "- "+scalar+"\n", "{a: "+scalar+"}\n", "["+scalar+"]\n", scalar+": a\n")
	}
	return texts
}

// lists are texts whose objects lie in lists.
func lists() []string {
	pod := func(name string) string {
		return fmt.Sprintf("{apiVersion: v1, kind: Pod, metadata: {name: %s}, spec: {containers: []}}", name)
	}
	return []string{
		"apiVersion: v1\nkind: List\nitems: [" + pod("a") + ", " + pod("b") + "]",
		"apiVersion: v1\nkind: list\nitems: [" + pod("a") + "]",
		"apiVersion: v1\nkind: PodList\nitems: [{metadata: {name: a}}, {metadata: {name: b}}]",
		"apiVersion: v1\nkind: PodList\nitems: [{kind: \"\", apiVersion: \"\", metadata: {name: a}}, {kind: null, metadata: {name: b}}]",
		"apiVersion: v1\nkind: Foo\nitems: [" + pod("a") + "]",
		"apiVersion: example.com/v1\nkind: Things\nmetadata: {name: x}\nitems: [" + pod("a") + "]",
		"apiVersion: v1\nkind: Pod\nmetadata: {name: outer}\nspec: {containers: []}\nitems: [" + pod("inner") + "]",
		"apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: List, items: [" + pod("a") + ", " + pod("b") + "]}, " + pod("c") + "]",
		"apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Pod, metadata: {name: x}, items: [" + pod("a") + "]}]",
		"apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: List, items: [" + pod("a") + "]}]}]",
		"apiVersion: v1\nkind: List\nitems: []",
		"apiVersion: v1\nkind: List\nitems:\n" + pod("x"),
		"apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: []}\nitems: []",
		"apiVersion: v1\nkind: DeploymentList\nmetadata: {resourceVersion: \"1\"}\nitems: [" + pod("a") + "]",
		"x: &p " + pod("a") + "\napiVersion: v1\nkind: List\nitems: [*p, *p]",
		"apiVersion: v1\n<<: {kind: List, items: [" + pod("a") + "]}",
		"{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"a\"}, \"spec\": {\"containers\": []}}]}",
	}
}

// typedTexts are objects with every scalar in fields of every type.
func typedTexts() []string {
	texts := []string{}
	values := append([]string{"[]", "{}", "[1]", "{a: b}", "\"2\"", "\"true\"", "2147483647", "2147483648", "-2147483649", "1.0", "2e9", "3e9", "100.5"}, scalars...)
	for _, value := range values {
		if strings.ContainsAny(value, "@`%\x7f\x07\u0085\u2028\ufeff") {
			continue
		}
		for _, field := range []string{
			"replicas: %s", "paused: %s", "template: {spec: {hostNetwork: %s}}", "template: {spec: {serviceAccountName: %s}}",
			"template: {spec: {terminationGracePeriodSeconds: %s}}", "template: {metadata: {labels: {x: %s}}}", "selector: {matchLabels: {x: %s}}",
			"template: {spec: {containers: [{name: a, image: %s}]}}", "template: {spec: {nodeSelector: %s}}", "template: {spec: {containers: %s}}",
			"strategy: {rollingUpdate: {maxSurge: %s}}", "template: {spec: {containers: [{name: a, image: b, securityContext: {privileged: %s, runAsUser: %[1]s}}]}}",
			"template: {spec: {containers: [{name: a, image: b, ports: [{containerPort: %s}]}]}}",
			"template: {spec: {containers: [{name: a, image: b, livenessProbe: {httpGet: {port: %s}, periodSeconds: %[1]s}}]}}",
		} {
			texts = append(texts, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: b}\nspec:\n  "+fmt.Sprintf(field, value)+"\n")
		}
	}
	return texts
}
