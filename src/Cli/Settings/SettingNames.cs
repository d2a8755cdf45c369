namespace P2P.Cli.Settings;

/// <summary>The settings there are.</summary>
internal static class SettingNames
{
    public const string Data = "data";
    public const string Profile = "profile";
    public const string Network = "network";
    public const string Listen = "listen";
    public const string Bootstrap = "bootstrap";
    public const string Interface = "interface";
    public const string Mdns = "mdns";

    /// <summary>Each name, and whether it is a list.</summary>
    public static IReadOnlyDictionary<string, bool> All { get; } = new Dictionary<string, bool>
    {
        [Data] = false,
        [Profile] = false,
        [Network] = false,
        [Listen] = true,
        [Bootstrap] = true,
        [Interface] = true,
        [Mdns] = false,
    };

    /// <summary>The profiles, and what they set.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Profiles { get; } = new Dictionary<string, IReadOnlyDictionary<string, string>>
    {
        ["lan"] = new Dictionary<string, string> { [Mdns] = "true" },
        ["swarm"] = new Dictionary<string, string> { [Mdns] = "false" },
        ["isolated"] = new Dictionary<string, string> { [Mdns] = "false" },
    };
}
