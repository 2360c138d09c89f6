package main

import (
	"fmt"
	"math/rand"
	"strings"
)

// generator writes random YAML texts: most of them ordinary, some with a fault or with what only some readers know.
type generator struct {
	random  *rand.Rand
	anchors []string
	maps    []string
	wild    bool
}

func (g *generator) one(in int) bool { return g.random.Intn(in) == 0 }

func (g *generator) pick(choices ...string) string { return choices[g.random.Intn(len(choices))] }

func (g *generator) text() string {
	g.wild = g.one(3)
	var text strings.Builder
	documents := 1
	if g.one(4) {
		documents += g.random.Intn(4)
	}
	if g.one(25) {
		text.WriteString("\ufeff")
	}
	if g.wild && g.one(12) {
		text.WriteString(g.pick("%YAML 1.1\n---\n", "%YAML 1.2\n---\n", "%TAG !e! tag:example.com,2000:\n---\n", "%FOO bar\n---\n"))
	}
	for number := range documents {
		if number > 0 || g.one(4) {
			text.WriteString(g.pick("---\n", "---\n", "---\n", "--- \n", "---  # next\n", "---\t\n"))
			if g.wild && g.one(6) {
				text.WriteString(g.pick("---\n", "...\n", "--- |\n  x\n", "--- {a: 1}\n", "...\n---\n", "----\n", "---a\n"))
			}
		}
		if g.one(4) {
			text.WriteString(g.pick("# a comment\n", "\n", "  # indented\n\n"))
		}
		g.anchors, g.maps = nil, nil
		text.WriteString(g.block(0, 0))
	}
	out := text.String()
	if g.one(12) {
		out = strings.ReplaceAll(out, "\n", "\r\n")
	}
	if g.wild && g.one(4) {
		out = g.damage(out)
	}
	return out
}

// damage changes a few characters.
func (g *generator) damage(text string) string {
	runes := []rune(text)
	for range 1 + g.random.Intn(3) {
		if len(runes) == 0 {
			break
		}
		at := g.random.Intn(len(runes))
		switch g.random.Intn(3) {
		case 0:
			runes = append(runes[:at], runes[at+1:]...)
		case 1:
			odd := []rune("\t\x07\u0085\u2028\ufeff\r:-?[]{},#&*!|>'\"%@`~ \n\u007f\u00a0é🙂<=.0")
			runes = append(runes[:at], append([]rune{odd[g.random.Intn(len(odd))]}, runes[at:]...)...)
		default:
			other := g.random.Intn(len(runes))
			runes[at], runes[other] = runes[other], runes[at]
		}
	}
	return string(runes)
}

func (g *generator) key(number int) string {
	if g.one(8) {
		return g.pick("yes", "1", "010", "1.5", "true", "null", "~", "\"quoted key\"", "'single'", "on", "a b", "0x1F", "2001-01-01",
			"1e3", "18446744073709551615", "!!str 5", "? a", ".inf", "a.b/c", "-1", "<<x", "\"<<\"", "!!str <<", "1_000", "n")
	}
	return fmt.Sprintf("%s%d", g.pick("a", "name", "spec", "key-"), number)
}

// block is a node in block style, on lines of its own, so far in.
func (g *generator) block(indent, depth int) string {
	pad := strings.Repeat(" ", indent)
	var text strings.Builder
	size := 1 + g.random.Intn(4)
	if g.one(3) && depth > 0 {
		for range size {
			text.WriteString(pad + "-" + g.value(indent+2, depth+1, false))
		}
		return text.String()
	}
	for number := range size {
		if g.one(9) {
			text.WriteString(pad + g.merge(depth) + "\n")
		}
		if g.one(30) {
			number = 0
		}
		text.WriteString(pad + g.key(number) + ":" + g.value(indent+2, depth+1, true))
		if g.one(10) {
			text.WriteString(pad + "# between\n")
		}
	}
	if g.one(14) {
		text.WriteString(pad + g.merge(depth) + "\n")
	}
	return text.String()
}

func (g *generator) merge(depth int) string {
	one := func() string {
		if len(g.maps) > 0 && !g.one(4) {
			return "*" + g.pick(g.maps...)
		}
		if g.wild && g.one(6) {
			return g.pick("1", "null", "[1]", "*none", "text", "[]", "[{a: 1}, 2]")
		}
		return "{" + g.pick("a0: merged", "name0: 1", "a0: {b: 1}, a1: 2", "<<: {a0: inner}, a2: 1") + "}"
	}
	if g.one(4) {
		return "<<: [" + one() + ", " + one() + "]"
	}
	return "<<: " + one()
}

// value is what follows a colon or a dash, to the end of its last line.
func (g *generator) value(indent, depth int, keyed bool) string {
	anchor := ""
	if g.one(7) {
		name := fmt.Sprintf("x%d", len(g.anchors))
		if g.one(10) && len(g.anchors) > 0 {
			name = g.pick(g.anchors...)
		}
		anchor = " &" + name
		defer func() { g.anchors = append(g.anchors, name) }()
		if depth < 4 && g.one(2) {
			defer func() { g.maps = append(g.maps, name) }()
			return anchor + "\n" + g.block(indent, depth)
		}
	}
	if depth < 4 && g.one(3) {
		if !keyed && anchor == "" && g.one(2) {
			// A collection that begins beside its dash.
			return " " + strings.TrimLeft(g.block(indent, depth), " ")
		}
		return anchor + "\n" + g.block(indent, depth)
	}
	if len(g.anchors) > 0 && anchor == "" && g.one(5) {
		return " *" + g.pick(g.anchors...) + g.comment()
	}
	if g.one(5) {
		return anchor + " " + g.flow(depth) + g.comment()
	}
	if g.one(6) {
		return anchor + g.lines(indent)
	}
	return anchor + " " + g.scalar(false) + g.comment()
}

func (g *generator) comment() string {
	if g.one(9) {
		return "  # beside\n"
	}
	return "\n"
}

// lines is a scalar of several lines.
func (g *generator) lines(indent int) string {
	pad := strings.Repeat(" ", indent)
	words := func() string {
		return g.pick("some text", "more: of it", "# no comment", "- no list", "  indented", "tab\there", "end  ", "", "é 🙂", "'quoted'", "\"x\"", "{a}", "%d")
	}
	var text strings.Builder
	switch g.random.Intn(5) {
	case 0, 1:
		text.WriteString(g.pick(" |", " >", " |-", " >-", " |+", " >+", " |2", " >1", " |2-", " |  # why"))
		text.WriteString("\n")
		for range 1 + g.random.Intn(4) {
			if line := words(); line != "" {
				text.WriteString(pad + line)
			}
			text.WriteString("\n")
		}
	case 2:
		text.WriteString(" \"first " + g.pick("\\n", "\\t", "\\\\", "\\u00e9", "\\x41", "\\/", "\\\"", "\\e", "\\N", "\\ud83d", "\\U0001F600", "\\q") + "\n")
		text.WriteString(pad + g.pick("second\\\n"+pad+" joined", "second\n\n"+pad+"third", "last") + "\"\n")
	case 3:
		text.WriteString(" 'it''s\n" + pad + g.pick("two", "two\n\n"+pad+"three") + "'\n")
	default:
		text.WriteString(" plain of\n" + pad + g.pick("two lines", "two\n\n"+pad+"paragraphs", "a - dash", "a # comment") + "\n")
	}
	return text.String()
}

func (g *generator) flow(depth int) string {
	var parts []string
	for number := range g.random.Intn(4) {
		part := ""
		if depth < 5 && g.one(4) {
			part = g.flow(depth + 1)
		} else if len(g.anchors) > 0 && g.one(6) {
			part = "*" + g.pick(g.anchors...) + " "
		} else {
			part = g.scalar(true)
		}
		_ = number
		parts = append(parts, part)
	}
	separator := g.pick(", ", ", ", ",", " ,\n      ")
	if g.one(2) {
		return "[" + strings.Join(parts, separator) + g.pick("", "", ",") + "]"
	}
	for number, part := range parts {
		key := g.pick("a", "b", "c", "\"q\"", "'s'", "1", "yes") + fmt.Sprint(number)
		if strings.HasPrefix(key, "\"") || strings.HasPrefix(key, "'") {
			key = key[:3]
		}
		switch {
		case g.one(14):
			parts[number] = key
		case g.one(14):
			parts[number] = "<<: " + g.pick("{a0: 1}", "[{a0: 1}, {a0: 2, b: 3}]")
		case g.one(10) && strings.HasSuffix(key, "\""):
			parts[number] = key + ":" + part
		case g.wild && g.one(8):
			parts[number] = key + ":" + part
		default:
			parts[number] = key + ": " + part
		}
	}
	return "{" + strings.Join(parts, separator) + "}"
}

var scalars = []string{
	"text", "two words", "a:b", "http://x/y?z=1#f", "x#y", "-x", "?x", ":x", "nginx:1.27", "10Gi", "100m", "1.5Gi", "key=value",
	"y", "Y", "yes", "Yes", "YES", "yEs", "n", "N", "no", "No", "NO", "true", "True", "TRUE", "tRUE", "false", "False", "FALSE", "on", "On", "ON", "off", "Off", "OFF",
	"", "~", "null", "Null", "NULL", "nULL", "none", "nil",
	"0", "1", "-1", "+1", "42", "007", "0777", "08", "09", "0o777", "0O17", "0x1F", "0X1f", "-0x10", "+0x10", "0b101", "0B11", "-0b11", "0b-1", "0b+1", "0b2", "0xZZ", "0x", "0b", "0o",
	"1_000", "1__0", "_1", "1_", "0x_1F", "0b1_0", "1_000.5", "-_1", "+_", "-", "+", "- 1", "--1",
	"60:30", "1:30:00", "190:20:30", "1:2", "1:60.5",
	"1.0", "1.5", "-1.5", "+1.5", "1.", ".5", "-.5", "+.5", ".", "..", ".e3", "1e3", "1E3", "1e+3", "1e-3", "1.5e300", "1e400", "-1e400", ".5e400", "1e", "1e+", "e3", "1.5.6", "1,000", "0.1", "00.5", "-0", "-0.0", "0e0", "1e-400", "123e-2", "0x1p-2",
	".inf", ".Inf", ".INF", "-.inf", "+.inf", "-.INF", ".iNf", "inf", ".nan", ".NaN", ".NAN", "nan", "+.nan", "Infinity",
	"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616", "99999999999999999999", "+18446744073709551615", "0xFFFFFFFFFFFFFFFF", "0x10000000000000000", "01777777777777777777777", "1e19", "1e21", "12345678901234567890123",
	"2001-12-14", "2001-1-2", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.10", "2001-12-14T21:59:43Z", "2001-12-14 21:59:43.10 -5", "2001-13-40", "12:30",
	"'single'", "'it''s'", "''", "'yes'", "'1'", "\"double\"", "\"\"", "\"1\"", "\"a\\tb\\n\"", "\"\\u263a\"", "\"\\x41\"", "\"\\ud83d\\ude00\"", "\"\\0\"", "\"\\a\"", "\"\\_\\L\\P\\N\"",
	"!!str yes", "!!str 1", "!!str", "!!str \"x\"", "!!str ~", "!!int 1", "!!int \"12\"", "!!int 0x10", "!!int x", "!!int 1.5", "!!bool yes", "!!bool \"true\"", "!!bool 1", "!!bool x", "!!float 1", "!!float 1.5", "!!float \".5\"", "!!float x", "!!float .inf", "!!float 18446744073709551615", "!!null ~", "!!null ''", "!!null x", "!!binary aGVsbG8=", "!!binary /w==", "!!binary aGVsbG9", "!!binary aGVsbG9=", "!!binary \"aGVs\\nbG8=\"", "!!timestamp 2001-12-14", "!!timestamp 2001-12-14T21:59:43Z", "!!timestamp x", "!!timestamp 2001-02-30", "!!timestamp 1", "!custom 12", "!custom text", "!e!x 1", "!<tag:yaml.org,2002:str> 1", "!<tag:yaml.org,2002:int> \"7\"", "! 12", "! \"12\"", "!!merge <<", "<<", "!!set x", "!!seq x", "!!map x", "!!foo 1",
	"@x", "`x", "%x", "é", "🙂", "a\u00a0b", "a\u0085b", "a\u2028b", "a\ufeffb", "\x7f", "a\x07", "a\tb",
}

func (g *generator) scalar(flow bool) string {
	for {
		text := scalars[g.random.Intn(len(scalars))]
		if !g.wild && strings.ContainsAny(text, "@`%\x7f\x07\u0085\u2028\ufeff") {
			continue
		}
		if flow && text == "" && !g.one(4) {
			continue
		}
		return text
	}
}
