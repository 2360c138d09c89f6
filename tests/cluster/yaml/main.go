// Command yaml writes texts and what kubectl's reader makes of each, one JSON line a text: {"text", "documents": the JSON texts
// that it reads, "error": where it stops}; of texts with objects also "objects": what kubectl opens of lists, as it would send
// each; of texts with a typed object "typed": what the API server decodes of the only object, null where it refuses.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"os"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	yamlutil "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/cli-runtime/pkg/resource"
	"k8s.io/client-go/kubernetes/scheme"
)

type row struct {
	Text      string           `json:"text"`
	Crafted   bool             `json:"crafted,omitempty"`
	Documents []string         `json:"documents"`
	Error     string           `json:"error,omitempty"`
	Objects   []any            `json:"objects,omitempty"`
	Opened    *string          `json:"opened,omitempty"`
	Typed     *json.RawMessage `json:"typed,omitempty"`
}

// documents reads a text as kubectl's StreamVisitor does.
func documents(text string) (documents []string, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("panic: %v", broken)
		}
	}()
	documents = []string{}
	reader := transform.NewReader(strings.NewReader(text), unicode.BOMOverride(unicode.UTF8.NewDecoder()))
	decoder := yamlutil.NewYAMLOrJSONDecoder(reader, 4096)
	for {
		extension := runtime.RawExtension{}
		if err := decoder.Decode(&extension); err != nil {
			if err == io.EOF {
				return documents, nil
			}
			return documents, err
		}
		raw := bytes.TrimSpace(extension.Raw)
		if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
			continue
		}
		// What is sent is decoded first: a number may be beyond every type.
		var decoded any
		if err := utiljson.Unmarshal(raw, &decoded); err != nil {
			return documents, err
		}
		sent, err := json.Marshal(decoded)
		if err != nil {
			return documents, err
		}
		documents = append(documents, string(sent))
	}
}

// objects opens lists as kubectl does.
func objects(text string) ([]any, error) {
	infos, err := resource.NewLocalBuilder().Unstructured().Local().ContinueOnError().
		Stream(strings.NewReader(text), "text").Flatten().Do().Infos()
	objects := []any{}
	for _, info := range infos {
		objects = append(objects, info.Object.(*unstructured.Unstructured).Object)
	}
	return objects, err
}

// typed decodes the only object as the API server does; null where it refuses.
func typed(text string) json.RawMessage {
	infos, err := resource.NewLocalBuilder().Unstructured().Local().
		Stream(strings.NewReader(text), "text").Flatten().Do().Infos()
	if err != nil || len(infos) != 1 {
		return json.RawMessage("null")
	}
	sent, err := json.Marshal(infos[0].Object)
	if err != nil {
		return json.RawMessage("null")
	}
	object, _, err := scheme.Codecs.UniversalDeserializer().Decode(sent, nil, nil)
	if err != nil {
		return json.RawMessage("null")
	}
	decoded, err := json.Marshal(object)
	if err != nil {
		panic(err)
	}
	return decoded
}

func main() {
	count := flag.Int("count", 2000, "random texts")
	seed := flag.Int64("seed", 1, "seed")
	flag.Parse()
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	write := func(row row) {
		read, err := documents(row.Text)
		row.Documents = read
		if err != nil {
			row.Error = err.Error()
		}
		if err := encoder.Encode(row); err != nil {
			panic(err)
		}
	}
	for _, text := range crafted() {
		write(row{Text: text, Crafted: true})
	}
	for _, text := range lists() {
		opened, err := objects(text)
		why := ""
		if err != nil {
			why = err.Error()
		}
		write(row{Text: text, Crafted: true, Objects: opened, Opened: &why})
	}
	for _, text := range typedTexts() {
		decoded := typed(text)
		write(row{Text: text, Typed: &decoded})
	}
	for number := range *count {
		generator := generator{random: rand.New(rand.NewSource(*seed<<20 + int64(number)))}
		write(row{Text: generator.text()})
	}
}
