package compiler

import (
	"strings"

	"slipway.dev/compiler/diag"
	"slipway.dev/compiler/ir"
)

// single resolves what single objects say of themselves. It comes last: it must know which
// objects there are.
func (r *resolver) single() {
	o := r.f.Objects
	if o == nil {
		return
	}
	r.inst.Objects = ir.Meta{Labels: pairs(o.Labels), Annotations: pairs(o.Annotations)}
	if len(o.Only) == 0 {
		return
	}
	made := map[string]string{}
	for _, x := range objects(r.inst) {
		made[x.kind+"/"+x.name] = x.name
	}
	for _, c := range r.inst.Configs { // nobody knows the hash of what it holds
		if !c.Kept {
			made["ConfigMap/"+r.svc.Name+"-"+c.Set] = c.Name
		}
	}
	for _, ref := range sorted(o.Only) {
		kind, _, _ := strings.Cut(ref, "/")
		name, ok := made[ref]
		if !ok {
			r.ds.Errorf(diag.UnknownObject, r.tree.LabelPos("objects", "only", ref), "the service makes no %s", ref).WithPath("objects.only").
				WithHint("%s", diag.Suggest(ref, sorted(made)))
			continue
		}
		m := o.Only[ref]
		r.inst.Single = append(r.inst.Single, ir.Single{Kind: kind, Object: name, Meta: ir.Meta{Labels: pairs(m.Labels), Annotations: pairs(m.Annotations)}, Without: m.Without})
	}
}
