package factor_test
import ("testing";"fmt";"os"
 "sigs.k8s.io/kustomize/api/krusty"
 "sigs.k8s.io/kustomize/kyaml/filesys"
 "strings")
func TestZ(t *testing.T){
 for _,f:=range []string{"/tmp/l1.txtar"} {
  d,err:=os.ReadFile(f); if err!=nil{t.Fatal(err)}
  fs:=filesys.MakeFsInMemory()
  for _,x:=range strings.Split("\n"+string(d),"\n-- ")[1:] { n,b,_:=strings.Cut(x," --\n"); fs.WriteFile("/"+n,[]byte(b+"\n")) }
  m,err:=krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(fs,"/overlays/prod")
  if err!=nil{fmt.Println("ERR",err);continue}
  y,_:=m.AsYaml(); fmt.Println(string(y))
 }
}
