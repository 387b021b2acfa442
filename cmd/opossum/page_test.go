package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheCommandsPageShowsWhatIsPrinted runs every command that docs/commands.md
// shows with its output, in order, in one directory that holds the store school.
// In the page … stands for anything, 01a2… for any id or hash, /srv for that directory, and what doctor
// finds out about this machine may differ. A comment <!-- run: … --> does what the
// text around it says has happened.
func TestTheCommandsPageShowsWhatIsPrinted(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "commands.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	mustRun(t, "school", filepath.Join(dir, "school"))
	text := strings.ReplaceAll(string(page), "\r\n", "\n")
	code, commands := 0, 0
	for _, part := range regexp.MustCompile("(?s)<!-- run: (.*?) -->|\n```console\n(.*?)```\n").FindAllStringSubmatch(text, -1) {
		if part[1] != "" {
			if err := prepare(dir, strings.Fields(part[1])); err != nil {
				t.Fatalf("%s: %v", part[1], err)
			}
			continue
		}
		for _, shown := range strings.Split("\n"+part[2], "\n$ ")[1:] {
			command, want, _ := strings.Cut(shown, "\n")
			commands++
			got := fmt.Sprintln(code)
			if command != "echo $?" {
				got, code = output(t, dir, strings.Fields(command))
			}
			got = filepath.ToSlash(strings.ReplaceAll(got, dir, "/srv"))
			if pattern := asPattern(want, strings.HasPrefix(command, "opossum doctor")); !pattern.MatchString(got) {
				t.Errorf("$ %s\nprints\n%sbut the page shows\n%s", command, got, want)
			}
		}
	}
	if commands < 10 {
		t.Errorf("the page shows %d commands, want all", commands)
	}
}

// random is an id or a hash of which the page shows the first four digits.
var random = regexp.MustCompile(`[0-9a-f]{4}…`)

// asPattern turns the output that the page shows into what matches it: white space
// of any length, … for anything. What a machine answers to a doctor matches by the
// names of the checks.
func asPattern(shown string, doctor bool) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`^`)
	for line := range strings.Lines(shown) {
		line = strings.TrimRight(line, " \n")
		if doctor && strings.HasPrefix(line, "ok ") {
			name, _, _ := strings.Cut(line[11:], "  ")
			b.WriteString(`(ok|warning|unchecked) +` + regexp.QuoteMeta(name) + ` .*\n`)
			continue
		}
		if line == "…" {
			b.WriteString(`(?:.*\n)+`)
			continue
		}
		words := strings.Fields(line)
		for i, word := range words {
			words[i] = strings.ReplaceAll(random.ReplaceAllString(regexp.QuoteMeta(word), "[0-9a-f-]+"), "…", ".*")
		}
		b.WriteString(` *` + strings.Join(words, " +") + ` *\n`)
	}
	b.WriteString(`$`)
	return regexp.MustCompile(b.String())
}

// output runs opossum in dir and returns all that it prints, and its exit code.
func output(t *testing.T, dir string, command []string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%q: %v", command, err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func prepare(dir string, command []string) error {
	path := func(i int) string { return filepath.Join(dir, command[i]) }
	switch command[0] {
	case "tear", "project":
		cmd := exec.Command(command[0], path(1))
		return cmd.Run()
	case "rm":
		return os.Remove(path(1))
	case "cp":
		return os.CopyFS(path(3), os.DirFS(path(2)))
	case "edit":
		text, err := os.ReadFile(path(3))
		if err != nil {
			return err
		}
		changed := strings.Replace(string(text), command[1], command[2], 1)
		if changed == string(text) {
			return errors.New("there is nothing to edit")
		}
		return os.WriteFile(path(3), []byte(changed), 0o600)
	}
	return errors.New("unknown")
}
