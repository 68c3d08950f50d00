package parsers_test
import ("testing";"slipway.dev/compiler";"slipway.dev/targets";"slipway.dev/compiler/plan";"os";"path/filepath")
func TestControl(t *testing.T){
 tm:=newTemplate(t)
 fleet,_:=tm.fill(tm.markers())
 r,err:=compiler.Compile(fleet,targets.Options())
 if err!=nil{t.Fatal(err)}
 for _,d:=range r.Diags.All(){t.Error(d)}
 os.RemoveAll("/tmp/control")
 for _,f:=range r.Files{p:=filepath.Join("/tmp/control",f.Path);os.MkdirAll(filepath.Dir(p),0o755);os.WriteFile(p,plan.Bytes(f),0o644)}
}
