package diag

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// declared is a constant of codes.go.
type declared struct {
	name string
	code Code
	doc  string
}

func declaredCodes(t *testing.T) []declared {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var out []declared
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			t.Fatal("codes.go holds something else than constants")
		}
		for _, s := range gen.Specs {
			spec := s.(*ast.ValueSpec)
			if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "Code" || len(spec.Names) != 1 {
				t.Fatalf("%s is not one constant of type Code", spec.Names[0])
			}
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, declared{spec.Names[0].Name, Code(value), spec.Doc.Text()})
		}
	}
	return out
}

func TestEveryCodeIsInTheTableOnceAndInOrder(t *testing.T) {
	t.Parallel()
	var want, got []Code
	for _, d := range declaredCodes(t) {
		want = append(want, d.code)
	}
	slices.Sort(want)
	for _, in := range Codes {
		got = append(got, in.Code)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the table has\n%q\nthe constants, sorted, are\n%q", got, want)
	}
}

func TestCodesAreTwoOrThreeWordsNamedAsWritten(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[a-z]+(-[a-z]+){1,2}$`)
	for _, d := range declaredCodes(t) {
		if !form.MatchString(string(d.code)) {
			t.Errorf("%q is not two or three lower-case words", d.code)
		}
		name := ""
		for word := range strings.SplitSeq(string(d.code), "-") {
			name += strings.ToUpper(word[:1]) + word[1:]
		}
		name = strings.ReplaceAll(name, "Api", "API") // as Go writes it
		if d.name != name {
			t.Errorf("the constant of %q is %s, want %s", d.code, d.name, name)
		}
	}
}

func TestEveryCodeHasHelpInOneToThreeSentences(t *testing.T) {
	t.Parallel()
	help := Help()
	for _, d := range declaredCodes(t) {
		if !strings.HasPrefix(d.doc, d.name+": ") {
			t.Errorf("the comment of %s does not begin with its name", d.name)
		}
		text := help[d.code]
		sentences := strings.Count(text+" ", ". ")
		if sentences < 1 || sentences > 3 || !strings.HasSuffix(text, ".") || text[0] < 'A' || text[0] > 'Z' {
			t.Errorf("help of %q has %d sentences: %q", d.code, sentences, text)
		}
	}
	if len(help) != len(Codes) {
		t.Errorf("help for %d of %d codes", len(help), len(Codes))
	}
}

func TestSummariesAreWrittenLikeMessages(t *testing.T) {
	t.Parallel()
	for _, in := range Codes {
		if in.Summary == "" || strings.HasSuffix(in.Summary, ".") || strings.ToLower(in.Summary[:1]) != in.Summary[:1] {
			t.Errorf("summary of %q is %q", in.Code, in.Summary)
		}
	}
}

func TestLookupFindsEveryCodeAndNoOther(t *testing.T) {
	t.Parallel()
	for _, want := range Codes {
		if got, ok := Lookup(want.Code); !ok || got != want {
			t.Errorf("Lookup(%q) is %v, %t", want.Code, got, ok)
		}
	}
	if got, ok := Lookup("no-such-code"); ok {
		t.Errorf("Lookup found %v", got)
	}
}
