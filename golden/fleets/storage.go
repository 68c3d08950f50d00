package fleets

import (
	"fmt"
	"strconv"
	"strings"
)

// storage are volumes and where the program mounts them: config files, scratch, Secrets,
// claims, and disks of StatefulSets.
func (m *maker) storage() {
	if m.percent(24.6) {
		m.volume("tmp", "/tmp", "scratch", "size", quoted("1Gi"))
	}
	if m.percent(10) {
		m.volume("cache", "/var/cache/"+m.name, "scratch", "size", quoted(fmt.Sprintf("%dGi", m.between(1, 20))))
	}
	if m.percent(27.2) {
		m.files()
	}
	if m.percent(18.2) {
		at := m.volume("certificates", "/etc/tls", "secret", "name", quoted(m.name+"-tls"))
		m.set(quoted("0440"), "volumes", "certificates", "secret", "mode")
		m.set("true", append(at, "readOnly")...)
		m.sometimes(20, quoted("server.key"), "volumes", "certificates", "secret", "items", "tls.key")
		m.sometimes(15, "true", "volumes", "certificates", "secret", "optional")
		if m.percent(15) {
			again := []string{"run", "main", "mounts", "certificates-again"}
			m.set(`{volume: "certificates", path: "/etc/ca", readOnly: true}`, again...)
			m.loose[len(m.loose)-1] = append(m.loose[len(m.loose)-1], again) // it goes with the volume
		}
	}
	if m.percent(4.1) {
		m.volume("shared", "/srv/shared", "claim", "", quoted(m.name+"-shared"))
	}
	if m.percent(3) {
		m.set("true", "volumes", "ramdisk", "scratch", "memory")
		m.volume("ramdisk", "/run/fast", "scratch", "size", quoted("64Mi"))
	}
	if m.percent(4) && m.kind == "deployment" {
		m.volume("uploads", "/srv/uploads", "disk", "size", quoted("5Gi"))
		m.sometimes(50, `["ReadWriteMany"]`, "volumes", "uploads", "disk", "access")
		m.sometimes(30, quoted("fast"), "volumes", "uploads", "disk", "class")
		m.sometimes(20, quoted(m.name+"-files"), "volumes", "uploads", "disk", "name")
	}
	if m.kind == "statefulset" {
		m.set(quoted(fmt.Sprintf("%dGi", m.between(1, 200))), "volumes", "data", "storage", "size")
		m.sometimes(30, quoted("fast"), "volumes", "data", "storage", "class")
		m.sometimes(20, `["ReadWriteOncePod"]`, "volumes", "data", "storage", "access")
		m.set(quoted("/data"), "run", "main", "mounts", "data")
	}
}

// volume makes one and mounts it; it returns where the mount is said. With the mount an
// environment takes the volume away.
func (m *maker) volume(name, at, kind, field, value string) (mount []string) {
	path := []string{"volumes", name, kind}
	if field != "" {
		path = append(path, field)
	}
	m.set(value, path...)
	mount = []string{"run", "main", "mounts", name}
	m.set(quoted(at), append(mount, "path")...)
	m.mayGo(mount, []string{"volumes", name})
	return mount
}

// files are a config set with texts, mounted as a folder or, file by file, into one that
// the image has.
func (m *maker) files() {
	texts := m.few(3)
	for k := range texts {
		m.set(strconv.Quote(m.text()), "config", "files", fmt.Sprintf("part-%d.properties", k+1))
	}
	m.set(quoted("files"), "volumes", "files", "config")
	m.set(quoted("/etc/"+m.name), "run", "main", "mounts", "files", "path")
	if m.percent(43) {
		m.set(quoted("/etc/"+m.name+"/part-1.properties"), "run", "main", "mounts", "files", "path")
		m.set(quoted("part-1.properties"), "run", "main", "mounts", "files", "sub")
	}
	m.set("true", "run", "main", "mounts", "files", "readOnly")
}

// text is a configuration file of 5 to 60 lines.
func (m *maker) text() string {
	var b strings.Builder
	for range 5 * m.few(12) {
		name, value := m.setting()
		b.WriteString(strings.ReplaceAll(strings.ToLower(name), "_", ".") + " = " + strings.Trim(value, `"`) + "\n")
	}
	return b.String()
}
