package main

import (
	"os"

	"github.com/docker/cli/cli-plugins/metadata"
	"github.com/docker/cli/cli-plugins/plugin"
	"github.com/docker/cli/cli/command"
	"github.com/docker/compose/v2/cmd/compatibility"
	commands "github.com/docker/compose/v2/cmd/compose"
	"github.com/docker/compose/v2/pkg/compose"
	"github.com/spf13/cobra"
)

func pluginMain() {
	plugin.Run(func(dockerCli command.Cli) *cobra.Command {
		backend := compose.NewComposeService(dockerCli)
		cmd := commands.RootCommand(dockerCli, backend)
		original := cmd.PersistentPreRunE
		cmd.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
			if err := plugin.PersistentPreRunE(cmd, args); err != nil {
				return err
			}
			if original != nil {
				return original(cmd, args)
			}
			return nil
		}
		return cmd
	}, metadata.Metadata{SchemaVersion: "0.1.0", Vendor: "Docker Inc.", Version: "v2.40.3"})
}

func main() {
	if plugin.RunningStandalone() {
		os.Args = append([]string{"docker"}, compatibility.Convert(os.Args[1:])...)
	}
	pluginMain()
}
