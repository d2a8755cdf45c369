using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using P2P.Cli.Settings;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Node;
using P2P.Node.Identity;
using P2P.Storage;

namespace P2P.Cli.Commands;

/// <summary><c>p2p init</c>: makes the data folder, its identity and its settings from the flags given.</summary>
internal static class InitCommand
{
    private static readonly JsonSerializerOptions s_file = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create(GlobalOptions options)
    {
        Command command = new("init", "Make a data folder: identity, and p2p.json from the flags given. `p2p up` needs no init; it remembers settings.");
        command.SetAction((parsed, token) => RunAsync(options, parsed, token));
        return command;
    }

    private static async Task<int> RunAsync(GlobalOptions options, ParseResult parsed, CancellationToken cancellationToken)
    {
        options.CheckSettings(parsed);
        SettingsReader settings = options.SettingsOf(parsed);
        string directory = settings.Data.Values[0];
        Make(directory);
        if (File.Exists(settings.UserPath) && !parsed.GetValue(options.Yes))
        {
            throw new CliException(CliError.ConfigInvalid, $"{settings.UserPath} is there already. --yes replaces it; `p2p config edit` changes it.");
        }

        JsonObject file = new() { [SettingNames.Profile] = settings.Profile.Text, [SettingNames.Network] = parsed.GetValue(options.Network) };
        Add(file, SettingNames.Listen, parsed.GetValue(options.Listen)?.Select(static a => a.ToString()));
        Add(file, SettingNames.Bootstrap, parsed.GetValue(options.Peer)?.Select(static a => a.ToString()));
        Add(file, SettingNames.Interface, parsed.GetValue(options.Interface));
        if (parsed.GetResult(options.NoMdns) is { Implicit: false })
        {
            file[SettingNames.Mdns] = !parsed.GetValue(options.NoMdns);
        }

        string aside = settings.UserPath + ".new";
        await File.WriteAllTextAsync(aside, file.ToJsonString(s_file) + "\n", cancellationToken);
        File.Move(aside, settings.UserPath, overwrite: true);

        using PrivateKey identity = IdentityFile.LoadOrCreate(directory, SystemChance.Instance);
        PeerId peer = identity.PublicKey.PeerId;
        JsonObject fields = new()
        {
            ["data"] = directory,
            ["settings"] = settings.UserPath,
            ["peer"] = peer.ToString(),
            ["name"] = PeerNames.Of(peer),
            ["profile"] = settings.Profile.Text,
        };
        options.OutputOf(parsed).Fact("initialized", fields, $"{PeerNames.Of(peer)}   {peer}\n  data       {directory}\n  settings   {settings.UserPath}\nNext:  p2p up{(parsed.GetResult(options.Data) is { Implicit: false } ? $" --data {directory}" : string.Empty)}");
        return ExitCode.Ok;
    }

    private static void Make(string directory)
    {
        try
        {
            PrivateFolder.Create(directory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new P2PException(NodeError.DataDirectoryReadOnly, $"Cannot make {directory}: {error.Message} Choose another folder with --data.", error);
        }
    }

    private static void Add(JsonObject file, string name, IEnumerable<string>? values)
    {
        JsonNode?[] items = [.. (values ?? []).Select(static v => JsonValue.Create(v))];
        if (items.Length > 0)
        {
            file[name] = new JsonArray(items);
        }
    }
}
