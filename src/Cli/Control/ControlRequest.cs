using System.Text.Json;

namespace P2P.Cli.Control;

/// <summary>A verb to run in the node: the command line as it was typed, and where it was typed.</summary>
internal sealed record ControlRequest
{
    /// <summary>Version of the protocol; another one is refused by name.</summary>
    public const int CurrentVersion = 1;

    /// <summary>Most words of a command line.</summary>
    public const int ArgumentsMax = 1024;

    public int Version { get; init; } = CurrentVersion;

    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Folder of the command; absolute.</summary>
    public required string Directory { get; init; }

    public TerminalUse Terminal { get; init; }

    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteNumber("v", Version);
        json.WriteStartArray("args");
        foreach (string argument in Arguments)
        {
            json.WriteStringValue(argument);
        }

        json.WriteEndArray();
        json.WriteString("cwd", Directory);
        json.WriteNumber("terminal", (int)Terminal);
    }

    /// <returns>False when it is no request of any version. One of another version is read no further than its number.</returns>
    public static bool TryRead(JsonElement root, out ControlRequest? request)
    {
        request = null;
        if (!root.TryGetProperty("v", out JsonElement v) || v.ValueKind != JsonValueKind.Number || !v.TryGetInt32(out int version) || version < 1)
        {
            return false;
        }

        if (version != CurrentVersion)
        {
            request = new ControlRequest { Version = version, Arguments = [], Directory = string.Empty };
            return true;
        }

        if (!root.TryGetProperty("args", out JsonElement items) || items.ValueKind != JsonValueKind.Array || items.GetArrayLength() > ArgumentsMax
            || !root.TryGetProperty("cwd", out JsonElement cwd) || !JsonText.TryGet(cwd, out string directory) || !Path.IsPathFullyQualified(directory)
            || !root.TryGetProperty("terminal", out JsonElement flags) || flags.ValueKind != JsonValueKind.Number || !flags.TryGetInt32(out int terminal))
        {
            return false;
        }

        List<string> arguments = [];
        foreach (JsonElement item in items.EnumerateArray())
        {
            if (!JsonText.TryGet(item, out string argument))
            {
                return false;
            }

            arguments.Add(argument);
        }

        TerminalUse known = (TerminalUse)terminal & (TerminalUse.Input | TerminalUse.Output | TerminalUse.Errors);
        request = new ControlRequest { Arguments = arguments, Directory = directory, Terminal = known };
        return true;
    }
}
