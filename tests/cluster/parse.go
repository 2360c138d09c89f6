package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"k8s.io/kubernetes/pkg/util/parsers"
)

// parse reads one text a line and writes what Kubernetes makes of each: of image references as kubelets do,
// of schedules as the CronJob controller does (its next times after the start of 2026, as Unix seconds).
// null is what it cannot read.
func parse() {
	if len(os.Args) != 2 || os.Args[1] != "references" && os.Args[1] != "schedules" {
		fmt.Fprintln(os.Stderr, "usage: cluster parse references|schedules < LINES")
		os.Exit(2)
	}
	read := reference
	if os.Args[1] == "schedules" {
		read = schedule
	}
	lines, out := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	for lines.Scan() {
		if err := out.Encode(read(lines.Text())); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func reference(text string) any {
	name, tag, digest, err := parsers.ParseImageName(text)
	if err != nil {
		return nil
	}
	return map[string]string{"name": name, "tag": tag, "digest": digest}
}

func schedule(text string) any {
	schedule, err := parsers.ParseCronScheduleWithPanicRecovery(text)
	if err != nil {
		return nil
	}
	times, next := []int64{}, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 8 {
		next = schedule.Next(next)
		if next.IsZero() {
			break
		}
		times = append(times, next.Unix())
	}
	return times
}
