// Command requests writes random pods and what the scheduler adds up of their requests: one JSON line a pod,
// {"spec": its specification, "cpu", "memory": the amounts}.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"os"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	helpers "k8s.io/component-helpers/resource"
)

func main() {
	count := flag.Int("count", 600, "pods")
	seed := flag.Int64("seed", 1, "seed")
	flag.Parse()
	random := rand.New(rand.NewSource(*seed))
	amounts := map[core.ResourceName][]string{
		core.ResourceCPU:              {"0", "1m", "100m", "0.1", "1500m", "2", "1e-1", "333333333n", "12k"},
		core.ResourceMemory:           {"0", "1", "64Mi", "1.5Gi", "1Gi", "500M", "2Ti", "1e9", "128974848"},
		core.ResourceEphemeralStorage: {"1Gi"},
	}
	list := func(names ...core.ResourceName) core.ResourceList {
		list := core.ResourceList{}
		for _, name := range names {
			if choices := amounts[name]; random.Intn(4) > 0 {
				list[name] = resource.MustParse(choices[random.Intn(len(choices))])
			}
		}
		return list
	}
	all := []core.ResourceName{core.ResourceCPU, core.ResourceMemory, core.ResourceEphemeralStorage}
	containers := func(name string, most int) []core.Container {
		containers := []core.Container{}
		for number := range random.Intn(most + 1) {
			containers = append(containers, core.Container{
				Name: fmt.Sprintf("%s-%d", name, number), Resources: core.ResourceRequirements{Requests: list(all...), Limits: list(all...)},
			})
		}
		return containers
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for range *count {
		spec := core.PodSpec{Containers: containers("app", 3), InitContainers: containers("init", 4)}
		always := core.ContainerRestartPolicyAlways
		for place := range spec.InitContainers {
			if random.Intn(2) == 0 {
				spec.InitContainers[place].RestartPolicy = &always
			}
		}
		if random.Intn(4) == 0 {
			spec.Resources = &core.ResourceRequirements{Requests: list(all[:2]...), Limits: list(all[:2]...)}
		}
		if random.Intn(4) == 0 {
			spec.Overhead = list(all[:2]...)
		}
		// The amounts of the pod as a whole may be added to in place.
		total := helpers.PodRequests(&core.Pod{Spec: *spec.DeepCopy()}, helpers.PodResourcesOptions{})
		text, err := json.Marshal(map[string]any{"spec": spec, "cpu": total.Cpu(), "memory": total.Memory()})
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(out, "%s\n", text)
	}
}
