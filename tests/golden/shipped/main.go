// Command shipped passes standard input through the code by which Docker, containerd and the OpenTelemetry collector write
// logs: shipped docker|cri|otlp FILE.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"time"

	cri "github.com/containerd/containerd/pkg/cri/io"
	"github.com/docker/docker/daemon/logger"
	"github.com/docker/docker/daemon/logger/jsonfilelog"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
)

const id = "3f2b8c1d9e0a4f6b7c8d9e0a1b2c3d4e5f60718293a4b5c6d7e8f9012345678a"

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func docker(in io.Reader) error {
	path := os.Args[2]
	driver, err := jsonfilelog.New(logger.Info{ContainerID: id, ContainerName: "/checkout", LogPath: path})
	if err != nil {
		return err
	}
	copier := logger.NewCopier(map[string]io.Reader{"stderr": in}, driver)
	copier.Run()
	copier.Wait()
	return driver.Close()
}

func containerd(in io.Reader) error {
	file, err := os.Create(os.Args[2])
	if err != nil {
		return err
	}
	writer, stopped := cri.NewCRILogger("log", nopCloser{file}, cri.Stderr, 4096)
	if _, err := io.Copy(writer, in); err != nil {
		return err
	}
	writer.Close()
	<-stopped
	return file.Close()
}

func otlp(in io.Reader) error {
	file, err := os.Create(os.Args[2])
	if err != nil {
		return err
	}
	defer file.Close()
	marshaler := plog.JSONMarshaler{}
	lines := bufio.NewScanner(in)
	logs := plog.NewLogs()
	var scope plog.ScopeLogs
	flush := func() error {
		if logs.LogRecordCount() == 0 {
			return nil
		}
		data, err := marshaler.MarshalLogs(logs)
		if err == nil {
			_, err = fmt.Fprintf(file, "%s\n", data)
		}
		return err
	}
	fresh := func() {
		logs = plog.NewLogs()
		resource := logs.ResourceLogs().AppendEmpty()
		for key, value := range map[string]string{
			"container.id": id, "k8s.namespace.name": "shop", "k8s.pod.name": "checkout-6c9f7d5b8-x2x7p",
			"k8s.container.name": "checkout", "k8s.node.name": "node-7", "service.name": "checkout",
		} {
			resource.Resource().Attributes().PutStr(key, value)
		}
		scope = resource.ScopeLogs().AppendEmpty()
	}
	fresh()
	for lines.Scan() {
		record := scope.LogRecords().AppendEmpty()
		now := time.Now()
		record.SetTimestamp(pcommon.NewTimestampFromTime(now))
		record.SetObservedTimestamp(pcommon.NewTimestampFromTime(now))
		record.Body().SetStr(lines.Text())
		record.Attributes().PutStr("log.iostream", "stderr")
		if logs.LogRecordCount() == 5 {
			if err := flush(); err != nil {
				return err
			}
			fresh()
		}
	}
	return flush()
}

func main() {
	ways := map[string]func(io.Reader) error{"docker": docker, "cri": containerd, "otlp": otlp}
	if err := ways[os.Args[1]](os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
