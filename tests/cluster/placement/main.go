// Command placement asks Kubernetes random questions of whether a Node takes a pod, and writes them with the answers:
// one JSON line each, {"node", "spec", "selected": whether node selector and affinity select the Node (null where
// Kubernetes doesn't understand them), "tolerated": whether its taints are, "named": whether spec.nodeName allows it}.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"os"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	scheduling "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
	"k8s.io/klog/v2"
)

var random *rand.Rand

func one(of ...string) string { return of[random.Intn(len(of))] }

func seldom() bool { return random.Intn(8) == 0 }

func main() {
	count := flag.Int("count", 3000, "questions")
	seed := flag.Int64("seed", 1, "seed")
	flag.Parse()
	random = rand.New(rand.NewSource(*seed))
	out := json.NewEncoder(os.Stdout)
	for range *count {
		if err := out.Encode(question()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func question() any {
	node, spec := node(), spec()
	pod := &core.Pod{Spec: spec}
	var selected *bool
	if matches, err := nodeaffinity.GetRequiredNodeAffinity(pod).Match(node); err == nil {
		selected = &matches
	}
	hard := func(taint *core.Taint) bool {
		return taint.Effect == core.TaintEffectNoExecute || taint.Effect == core.TaintEffectNoSchedule
	}
	_, refused := scheduling.FindMatchingUntoleratedTaint(klog.Background(), node.Spec.Taints, spec.Tolerations, hard, true)
	return map[string]any{
		"node":      map[string]any{"metadata": map[string]any{"name": node.Name, "labels": node.Labels}, "spec": node.Spec},
		"spec":      spec,
		"selected":  selected,
		"tolerated": !refused,
		"named":     spec.NodeName == "" || spec.NodeName == node.Name,
	}
}

func node() *core.Node {
	node := &core.Node{ObjectMeta: meta.ObjectMeta{Name: one("n1", "n2"), Labels: map[string]string{}}}
	for range random.Intn(5) {
		node.Labels[one("a", "b", "x.io/c", "d")] = one("1", "2", "5", "10", "-3", "a", "b", "")
	}
	for range random.Intn(3) {
		node.Spec.Taints = append(node.Spec.Taints, core.Taint{
			Key:    one("t", "u"),
			Value:  one("1", "5", "x", "", "05"),
			Effect: core.TaintEffect(one("NoSchedule", "NoExecute", "PreferNoSchedule")),
		})
	}
	return node
}

func spec() core.PodSpec {
	spec := core.PodSpec{}
	if random.Intn(3) == 0 {
		spec.NodeSelector = map[string]string{one("a", "b"): one("1", "2", "a")}
	}
	if seldom() {
		spec.NodeName = one("n1", "n2")
	}
	if random.Intn(4) > 0 {
		selector := &core.NodeSelector{}
		for range random.Intn(4) {
			selector.NodeSelectorTerms = append(selector.NodeSelectorTerms, term())
		}
		spec.Affinity = &core.Affinity{NodeAffinity: &core.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: selector}}
	}
	for range random.Intn(4) {
		spec.Tolerations = append(spec.Tolerations, toleration())
	}
	return spec
}

func term() core.NodeSelectorTerm {
	term := core.NodeSelectorTerm{}
	for range random.Intn(3) {
		term.MatchExpressions = append(term.MatchExpressions, expression())
	}
	if random.Intn(4) == 0 {
		term.MatchFields = append(term.MatchFields, field())
	}
	return term
}

func expression() core.NodeSelectorRequirement {
	operator, count := one("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"), 1
	switch operator {
	case "Exists", "DoesNotExist":
		count = 0
	case "In", "NotIn":
		count = 1 + random.Intn(2)
	}
	if seldom() {
		count = random.Intn(3)
	}
	if random.Intn(20) == 0 {
		operator = "Near"
	}
	requirement := core.NodeSelectorRequirement{Key: one("a", "b", "x.io/c", "d", "e"), Operator: core.NodeSelectorOperator(operator)}
	if random.Intn(30) == 0 {
		requirement.Key = "not a key"
	}
	for range count {
		value := one("1", "2", "5", "10", "-3")
		if random.Intn(4) == 0 {
			value = one("a", "b", "", "05", "+4", "x y", "-a")
		}
		requirement.Values = append(requirement.Values, value)
	}
	return requirement
}

func field() core.NodeSelectorRequirement {
	operator, count := one("In", "NotIn"), 1
	if seldom() {
		operator, count = one("In", "Exists"), random.Intn(3)
	}
	requirement := core.NodeSelectorRequirement{Key: meta.ObjectNameField, Operator: core.NodeSelectorOperator(operator)}
	for range count {
		requirement.Values = append(requirement.Values, one("n1", "n2"))
	}
	return requirement
}

// toleration is one that the API server accepts: kready says of others that it doesn't understand them.
func toleration() core.Toleration {
	toleration := core.Toleration{
		Key:      one("t", "u", ""),
		Operator: core.TolerationOperator(one("", "Equal", "Exists", "Lt", "Gt")),
		Effect:   core.TaintEffect(one("", "NoSchedule", "NoExecute", "PreferNoSchedule")),
	}
	switch toleration.Operator {
	case core.TolerationOpExists:
	case core.TolerationOpLt, core.TolerationOpGt:
		toleration.Value = one("1", "3", "5")
	default:
		toleration.Value = one("1", "5", "x", "", "05")
	}
	return toleration
}
