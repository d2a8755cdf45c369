using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using P2P.Cli.Settings;
using P2P.Core.Multiformats;
using P2P.Node;

namespace P2P.Cli;

/// <summary>The options that every verb takes.</summary>
internal sealed class GlobalOptions
{
    private readonly Dictionary<(string? Data, string? Profile), SettingsReader> _settings = [];

    public GlobalOptions(CommandContext context)
    {
        Context = context;
        Network = new Option<string>("--network")
        {
            Description = "Keeps documents and topics of different networks apart.",
            Recursive = true,
            HelpName = "NAME",
            DefaultValueFactory = result => SettingsOf(Typed(result, Data), Typed(result, Profile)).Network.Text,
        };
        Interface = new Option<string[]>("--interface")
        {
            Description = "Network interface for mDNS and listening, such as lo; may be repeated. Default: all.",
            Recursive = true,
            HelpName = "NAME",
            DefaultValueFactory = result => [.. SettingsOf(Typed(result, Data), Typed(result, Profile)).Interface.Values],
        };
    }

    /// <summary>Where the command line comes from, and the streams of whoever typed it.</summary>
    public CommandContext Context { get; }

    public Option<string?> Data { get; } = new("--data")
    {
        Description = "Data folder (identity, store). Default: P2P_HOME, else the user's data folder.",
        Recursive = true,
        HelpName = "DIR",
    };

    public Option<string?> Profile { get; } = new("--profile") { Description = "lan, swarm or isolated: what is on where nothing else is said.", Recursive = true, HelpName = "NAME" };

    public Option<string> Network { get; }

    public Option<string[]> Interface { get; }

    public Option<Multiaddr[]> Listen { get; } = Addresses("--listen", "Address to listen on, such as /ip4/0.0.0.0/tcp/4001; may be repeated.");

    public Option<Multiaddr[]> Peer { get; } = Addresses("--peer", "Peer to connect to and keep, ending in /p2p/…; may be repeated.", "--bootstrap");

    public Option<TimeSpan?> Timeout { get; } = new("--timeout")
    {
        Description = "How long to wait for peers or to watch: 250ms, 30s, 5m.",
        Recursive = true,
        HelpName = "DURATION",
        CustomParser = ParseDuration,
    };

    public Option<bool> Json { get; } = new("--json")
    {
        Description = "One JSON object a line on stdout, failures on stderr; also P2P_JSON=1.",
        Recursive = true,
        DefaultValueFactory = static _ => IsJsonByEnvironment(),
    };

    public Option<bool> NoMdns { get; } = new("--no-mdns") { Description = "Do not look for peers on the local network.", Recursive = true };

    public Option<bool> Verbose { get; } = new("--verbose", "-v", "-vv")
    {
        Description = "Log to stderr; also P2P_LOG=debug.",
        Recursive = true,
        DefaultValueFactory = static _ => Environment.GetEnvironmentVariable("P2P_LOG") is { Length: > 0 },
    };

    public Option<bool> Yes { get; } = new("--yes") { Description = "Do not ask; replace what is there.", Recursive = true };

    public Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "Only data and failures.", Recursive = true };

    public Option<bool> NoColor { get; } = new("--no-color")
    {
        Description = "No colours and no cursor movement; also NO_COLOR and TERM=dumb.",
        Recursive = true,
        DefaultValueFactory = static _ => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
    };

    /// <summary>Of <c>p2p up</c> only.</summary>
    public Option<string> Log { get; } = new("--log")
    {
        Description = "json: one object a line on stdout, {\"type\":\"ready\",…} first.",
        HelpName = "FORMAT",
        DefaultValueFactory = static _ => "text",
    };

    public void AddTo(Command root)
    {
        Log.AcceptOnlyFromAmong("text", "json");
        Array.ForEach<Option>([Data, Profile, Network], static option => option.Validators.Add(RequireWord));
        root.Options.Add(Profile);
        root.Options.Add(Yes);
        root.Options.Add(Quiet);
        root.Options.Add(NoColor);
        root.Options.Add(Data);
        root.Options.Add(Network);
        root.Options.Add(Interface);
        root.Options.Add(Listen);
        root.Options.Add(Peer);
        root.Options.Add(Timeout);
        root.Options.Add(Json);
        root.Options.Add(NoMdns);
        root.Options.Add(Verbose);
    }

    /// <summary>Facts and talk of a verb, to whoever asked.</summary>
    public Output OutputOf(ParseResult parsed) =>
        new(parsed.GetValue(Json) || parsed.GetValue(Log) == "json", Core.Runtime.SystemTime.Provider, Context.Out, Context.Errors)
        {
            IsQuiet = parsed.GetValue(Quiet),
            IsShown = Context.Terminal.HasFlag(TerminalUse.Output),
            CanMoveCursor = Context.Terminal.HasFlag(TerminalUse.Errors) && !parsed.GetValue(NoColor) && Environment.GetEnvironmentVariable("TERM") != "dumb",
        };

    /// <summary>The same of a command line that cannot be parsed: its values cannot be asked for, only its words.</summary>
    public Output OutputOfMistake(ParseResult parsed) => new(
        Context.Arguments.Contains("--json") || parsed.GetResult(Log)?.Tokens is [{ Value: "json" }] || IsJsonByEnvironment(),
        Core.Runtime.SystemTime.Provider,
        Context.Out,
        Context.Errors);

    /// <summary>The data folder, absolute.</summary>
    public string DataDirectory(ParseResult parsed) => Context.Host?.Directory ?? SettingsOf(parsed).Data.Values[0];

    /// <summary>Where nothing is said by a flag.</summary>
    public SettingsReader SettingsOf(ParseResult parsed) => SettingsOf(parsed.GetValue(Data), parsed.GetValue(Profile));

    /// <exception cref="CliException">A setting cannot be used; all that are wrong are named.</exception>
    public void CheckSettings(ParseResult parsed)
    {
        SettingsReader settings = SettingsOf(parsed);
        if (settings.Problems.Count > 0)
        {
            throw new CliException(CliError.ConfigInvalid, string.Join("; ", settings.Problems));
        }
    }

    /// <summary>The command line for a running node: what this process's environment adds to it is written out, because the node has another one.</summary>
    public IReadOnlyList<string> Forwarded(ParseResult parsed)
    {
        List<string> words = [];
        Setting network = SettingsOf(parsed).Network;
        if (parsed.GetResult(Network) is null or { Implicit: true } && network.Origin == "P2P_NETWORK")
        {
            words.AddRange(["--network", network.Text]);
        }

        foreach (Option<bool> flag in (Option<bool>[])[Json, NoColor])
        {
            words.AddRange(parsed.GetResult(flag) is { Implicit: false } || !parsed.GetValue(flag) ? [] : [flag.Name]);
        }

        return [.. words, .. Context.Arguments];
    }

    /// <summary>The node options of a parsed command line.</summary>
    /// <exception cref="CliException">A setting cannot be used.</exception>
    public P2POptions ToNodeOptions(ParseResult parsed)
    {
        SettingsReader settings = SettingsOf(parsed);
        P2POptions options = new()
        {
            DataDirectory = DataDirectory(parsed),
            Network = parsed.GetValue(Network) ?? "lan",
            Profile = settings.NodeProfile,
            Interfaces = parsed.GetValue(Interface) ?? [],
            Listen = parsed.GetResult(Listen) is { Implicit: false } ? parsed.GetValue(Listen) ?? [] : settings.Addresses(settings.Listen),
            Peers = parsed.GetResult(Peer) is { Implicit: false } ? parsed.GetValue(Peer) ?? [] : settings.Addresses(settings.Bootstrap),
            Mdns = parsed.GetResult(NoMdns) is { Implicit: false } ? !parsed.GetValue(NoMdns) : settings.Mdns.Text == "true",
            LoggerFactory = parsed.GetValue(Verbose) ? StderrLoggerFactory.Create() : Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance,
        };
        CheckSettings(parsed);
        return options;
    }

    // The parser takes the next word whatever it is: `--data --json` would be a folder named --json.
    private static void RequireWord(OptionResult result)
    {
        if (result.Tokens is [.., Token last] && last.Value.StartsWith("--", StringComparison.Ordinal))
        {
            result.AddError($"{result.Option.Name} needs a value; '{last.Value}' is an option.");
        }
    }

    private static bool IsJsonByEnvironment() => Environment.GetEnvironmentVariable("P2P_JSON") is "1" or "true";

    // Other options are parsed with this one's default: its value would throw where the word after the flag is missing.
    private static string? Typed(SymbolResult result, Option<string?> option) => result.GetResult(option)?.Tokens is [.., Token last] ? last.Value : null;

    private SettingsReader SettingsOf(string? data, string? profile)
    {
        if (!_settings.TryGetValue((data, profile), out SettingsReader? settings))
        {
            settings = new SettingsReader(Context.Directory, data, profile);
            _settings.Add((data, profile), settings);
        }

        return settings;
    }

    /// <summary>Where nothing at all is said: the user's data folder.</summary>
    public static string DefaultDataDirectory() =>
        Environment.GetEnvironmentVariable("P2P_HOME") is { Length: > 0 } home
            ? Path.GetFullPath(home)
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "p2p");

    private static Option<Multiaddr[]> Addresses(string name, string description, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        Recursive = true,
        HelpName = "MADDR",
        Arity = name == "--listen" ? ArgumentArity.ZeroOrMore : ArgumentArity.OneOrMore, // `doctor --listen` has no address
        CustomParser = ParseAddresses,
    };

    private static Multiaddr[] ParseAddresses(ArgumentResult result)
    {
        List<Multiaddr> addresses = [];
        foreach (Token token in result.Tokens)
        {
            if (Multiaddr.TryParse(token.Value, out Multiaddr? address) && address is not null)
            {
                addresses.Add(address);
            }
            else
            {
                result.AddError($"'{token.Value}' is not a multiaddr such as /ip4/127.0.0.1/tcp/4001.");
            }
        }

        return [.. addresses];
    }

    /// <summary>Parser of an option whose value is a duration.</summary>
    public static TimeSpan? ParseDuration(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : string.Empty;
        if (TryParseDuration(text, out TimeSpan value))
        {
            return value;
        }

        result.AddError($"'{text}' is not a duration such as 250ms, 30s or 5m.");
        return null;
    }

    private static bool TryParseDuration(string text, out TimeSpan value)
    {
        (string Unit, double Milliseconds)[] units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
        value = TimeSpan.Zero;
        foreach ((string unit, double milliseconds) in units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
                && number * milliseconds <= TimeSpan.FromDays(24).TotalMilliseconds)
            {
                value = TimeSpan.FromMilliseconds(number * milliseconds);
                return true;
            }
        }

        return false;
    }
}
