using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Cli.Settings;
using P2P.Core.Multiformats;
using P2P.Node;
using P2P.Storage;

namespace P2P.Cli.Commands;

/// <summary><c>p2p config …</c>: every setting with where it comes from.</summary>
internal static class ConfigCommand
{
    public static Command Create(GlobalOptions options)
    {
        Command command = new("config", "Settings: flag, then environment, then ./p2p.json, then p2p.json of the data folder, then profile and default.");
        Command show = new("show", "Every value and its origin.");
        show.SetAction(parsed => Show(options, parsed));
        Command check = new("check", "The same; exit 2 when a value cannot be used.");
        check.SetAction(parsed => Check(options, parsed));
        Command edit = new("edit", "Open p2p.json of the data folder in $VISUAL or $EDITOR, then check it.");
        edit.SetAction((parsed, token) => EditAsync(options, parsed, token));
        Command path = new("path", "The files that are read.");
        path.SetAction(parsed => Paths(options, parsed));
        command.Subcommands.Add(show);
        command.Subcommands.Add(check);
        command.Subcommands.Add(edit);
        command.Subcommands.Add(path);
        return command;
    }

    private static int Show(GlobalOptions options, ParseResult parsed)
    {
        Output output = options.OutputOf(parsed);
        foreach (Setting setting in Settings(options, parsed))
        {
            JsonObject fields = new()
            {
                ["name"] = setting.Name,
                ["values"] = new JsonArray([.. setting.Values.Select(static v => JsonValue.Create(v))]),
                ["origin"] = setting.Origin,
            };
            output.Fact("setting", fields, $"{setting.Name,-10} {setting.Text,-40} {setting.Origin}");
        }

        return ExitCode.Ok;
    }

    private static int Check(GlobalOptions options, ParseResult parsed)
    {
        Show(options, parsed);
        options.CheckSettings(parsed);
        options.ToNodeOptions(parsed).ThrowIfInvalid();
        options.OutputOf(parsed).Say("every value can be used");
        return ExitCode.Ok;
    }

    private static int Paths(GlobalOptions options, ParseResult parsed)
    {
        SettingsReader settings = options.SettingsOf(parsed);
        foreach (string path in (string[])[settings.HerePath, settings.UserPath])
        {
            options.OutputOf(parsed).Fact("setting.file", new JsonObject { ["path"] = path, ["exists"] = File.Exists(path) }, $"{path}{(File.Exists(path) ? string.Empty : "  (not there)")}");
        }

        return ExitCode.Ok;
    }

    private static async Task<int> EditAsync(GlobalOptions options, ParseResult parsed, CancellationToken cancellationToken)
    {
        string path = options.SettingsOf(parsed).UserPath;
        PrivateFolder.Create(Path.GetDirectoryName(path)!);
        if (!File.Exists(path))
        {
            await File.WriteAllTextAsync(path, "{\n  // data, profile, network, listen, bootstrap, interface, mdns\n}\n", cancellationToken);
        }

        int code = await options.Context.EditAsync(path, cancellationToken);
        return code != 0 ? throw new CliException(CliError.EditorFailed, $"The editor ended with {code}.") : Check(options, parsed);
    }

    private static IEnumerable<Setting> Settings(GlobalOptions options, ParseResult parsed)
    {
        SettingsReader settings = options.SettingsOf(parsed);
        yield return settings.Data;
        yield return settings.Profile;
        yield return Network(options, parsed);
        yield return Flagged(parsed, options.Listen, settings.Listen);
        yield return Flagged(parsed, options.Peer, settings.Bootstrap);
        yield return parsed.GetResult(options.Interface) is { Implicit: false }
            ? settings.Interface with { Values = parsed.GetValue(options.Interface) ?? [], Origin = "--interface" }
            : settings.Interface;
        yield return parsed.GetResult(options.NoMdns) is { Implicit: false }
            ? settings.Mdns with { Values = [parsed.GetValue(options.NoMdns) ? "false" : "true"], Origin = "--no-mdns" }
            : settings.Mdns;
        foreach ((string name, string value) in NodeProfiles.Describe(settings.NodeProfile, Network(options, parsed).Text))
        {
            yield return new Setting(name, [value], $"profile {settings.Profile.Text}");
        }
    }

    private static Setting Network(GlobalOptions options, ParseResult parsed) => parsed.GetResult(options.Network) is { Implicit: false }
        ? new Setting(SettingNames.Network, [parsed.GetValue(options.Network)!], "--network")
        : options.SettingsOf(parsed).Network;

    private static Setting Flagged(ParseResult parsed, Option<Multiaddr[]> flag, Setting setting) => parsed.GetResult(flag) is { Implicit: false }
        ? setting with { Values = [.. (parsed.GetValue(flag) ?? []).Select(static a => a.ToString())], Origin = flag.Name }
        : setting;
}
