package load

import (
	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/layer"
	"slipway.dev/schema"
)

// ServiceAsData is the tree that a spec has without CUE; nil when CUE must be asked.
func ServiceAsData(file string, src []byte) *layer.Node {
	var ds diag.List
	if !gate(file, src, &ds) {
		return nil
	}
	f, _ := parse(file, src, &ds)
	if f == nil {
		return nil
	}
	return dataTree(f, layer.TypeOf[schema.Service]())
}

// ServiceByCUE is the tree that a spec has by CUE; the file must parse.
func (l *Loader) ServiceByCUE(file string, src []byte, ds *diag.List) *layer.Node {
	f, scan := parse(file, src, ds)
	return l.evaluate(f, scan, len(src), "#Service", layer.TypeOf[schema.Service](), ds)
}

// Surely reports whether a tree is sound by the rules of an environment without CUE.
func (r *Rules) Surely(env string, resolved *layer.Node) bool {
	own := r.sure[env]
	return own != nil && own.sure(resolved)
}

// JudgeByCUE judges a tree.
func (l *Loader) JudgeByCUE(r *Rules, env string, resolved *layer.Node, ds *diag.List) {
	l.judge(r, env, resolved, diag.Pos{}, ds)
}
