using P2P.Core.Multiformats;
using P2P.Node;

namespace P2P.Cli.Settings;

/// <summary>
/// What a command starts from where no flag says otherwise: environment, then <c>p2p.json</c> of the current folder, then that of the data folder,
/// then the profile, then the defaults.
/// </summary>
internal sealed class SettingsReader
{
    private readonly List<string> _problems = [];
    private readonly IReadOnlyDictionary<string, IReadOnlyList<string>> _here;
    private readonly IReadOnlyDictionary<string, IReadOnlyList<string>> _user;

    /// <param name="directory">The current folder.</param>
    /// <param name="dataFlag">What <c>--data</c> said.</param>
    /// <param name="profileFlag">What <c>--profile</c> said.</param>
    public SettingsReader(string directory, string? dataFlag, string? profileFlag)
    {
        HerePath = Path.Combine(directory, SettingsFile.FileName);
        _here = SettingsFile.Read(HerePath, _problems);
        Data = dataFlag is not null ? new Setting(SettingNames.Data, [Path.GetFullPath(dataFlag, directory)], "--data") : Absolute(Find(SettingNames.Data, "P2P_HOME", withUser: false), directory)
            ?? new Setting(SettingNames.Data, [GlobalOptions.DefaultDataDirectory()], "default");
        UserPath = Path.Combine(Data.Values[0], SettingsFile.FileName);
        _user = UserPath == HerePath ? new Dictionary<string, IReadOnlyList<string>>() : SettingsFile.Read(UserPath, _problems);
        Profile = profileFlag is not null ? new Setting(SettingNames.Profile, [profileFlag], "--profile")
            : Find(SettingNames.Profile, "P2P_PROFILE") ?? new Setting(SettingNames.Profile, ["lan"], "default");
        if (!SettingNames.Profiles.ContainsKey(Profile.Values[0]))
        {
            _problems.Add($"profile '{Printable.Line(Profile.Text)}' ({Profile.Origin}): there are {string.Join(", ", SettingNames.Profiles.Keys)}");
        }

        Network = Find(SettingNames.Network, "P2P_NETWORK") ?? new Setting(SettingNames.Network, ["lan"], "default");
        Listen = Find(SettingNames.Listen, "P2P_LISTEN") ?? new Setting(SettingNames.Listen, [], "default");
        Bootstrap = Find(SettingNames.Bootstrap, "P2P_BOOTSTRAP") ?? new Setting(SettingNames.Bootstrap, [], "default");
        Interface = Find(SettingNames.Interface, null) ?? new Setting(SettingNames.Interface, [], "default");
        Mdns = Find(SettingNames.Mdns, null) ?? new Setting(SettingNames.Mdns, [ProfileValue(SettingNames.Mdns)], $"profile {Profile.Text}");
        if (Mdns.Text is not ("true" or "false"))
        {
            _problems.Add($"mdns ({Mdns.Origin}): true or false");
        }
    }

    /// <summary>The file of the current folder.</summary>
    public string HerePath { get; }

    /// <summary>The file of the data folder.</summary>
    public string UserPath { get; }

    public Setting Data { get; }

    public Setting Profile { get; }

    /// <summary>What the profile is to a node; an unknown one is a problem already.</summary>
    public NodeProfile NodeProfile => Profile.Text switch
    {
        "swarm" => NodeProfile.Swarm,
        "isolated" => NodeProfile.Isolated,
        _ => NodeProfile.Lan,
    };

    public Setting Network { get; }

    public Setting Listen { get; }

    public Setting Bootstrap { get; }

    public Setting Interface { get; }

    public Setting Mdns { get; }

    /// <summary>What is wrong, for people; nothing may start while there is any.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>A list of addresses; one that is none becomes a problem.</summary>
    public Multiaddr[] Addresses(Setting setting)
    {
        List<Multiaddr> addresses = [];
        foreach (string text in setting.Values)
        {
            if (Multiaddr.TryParse(text, out Multiaddr? address) && address is not null)
            {
                addresses.Add(address);
            }
            else
            {
                _problems.Add($"{setting.Name} ({setting.Origin}): '{Printable.Line(text)}' is not a multiaddr such as /ip4/127.0.0.1/tcp/4001");
            }
        }

        return [.. addresses];
    }

    private Setting? Find(string name, string? variable, bool withUser = true)
    {
        bool isList = SettingNames.All[name];
        if (variable is not null && Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text)
        {
            return new Setting(name, isList ? text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [text], variable);
        }

        return _here.TryGetValue(name, out IReadOnlyList<string>? here) ? new Setting(name, here, HerePath)
            : withUser && _user.TryGetValue(name, out IReadOnlyList<string>? user) ? new Setting(name, user, UserPath)
            : null;
    }

    private string ProfileValue(string name) =>
        SettingNames.Profiles.TryGetValue(Profile.Values[0], out IReadOnlyDictionary<string, string>? values) ? values[name] : "true";

    private static Setting? Absolute(Setting? setting, string directory) => setting is null ? null : setting with { Values = [Path.GetFullPath(setting.Text, directory)] };
}
