using System.Diagnostics;
using System.Text.Json.Nodes;

namespace P2P.Samples.Lan;

/// <summary>
/// Three peers in three processes on the loopback interface, which find each other by mDNS alone, edit one document at the same time, lose one
/// member to SIGKILL and another to an absence, and end equal.
/// </summary>
internal sealed class Show : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(100);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly string _folder = Directory.CreateTempSubdirectory("p2p-lan-").FullName;
    private readonly PeerHandle _ada;
    private readonly PeerHandle _bob;
    private readonly PeerHandle _cyd;
    private volatile bool _over;

    private Show(string networkInterface)
    {
        // A network of its own: other shows on this machine are other networks.
        string network = $"show-{Environment.ProcessId}";
        PeerHandle Peer(string name) => new(name, Path.Combine(_folder, name), network, networkInterface, Say);
        _ada = Peer("ada");
        _bob = Peer("bob");
        _cyd = Peer("cyd");
    }

    private PeerHandle[] All => [_ada, _bob, _cyd];

    public static async Task<int> RunAsync(string networkInterface)
    {
        await using Show show = new(networkInterface);
        using CancellationTokenSource limit = new(s_limit);
        try
        {
            return await show.PlayAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            show.Say($"not converged after {s_limit.TotalSeconds:0} s");
            await show.CompareAsync(CancellationToken.None);
            return 1;
        }
        catch (PeerEndedException ended)
        {
            return ended.ExitCode; // it has said why
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (PeerHandle peer in All)
        {
            await peer.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task<int> PlayAsync(CancellationToken cancellationToken)
    {
        await MeetAsync(cancellationToken);
        await TypeTogetherAsync(cancellationToken);
        await LoseCydAsync(cancellationToken);
        return await ConvergeAsync(cancellationToken) ? 0 : 1;
    }

    private async Task MeetAsync(CancellationToken cancellationToken)
    {
        await _ada.StartAsync(cancellationToken); // alone: what she is refused, all would be
        Say("three peers start, each with a data folder of its own; nobody is told an address");
        await Task.WhenAll(_bob.StartAsync(cancellationToken), _cyd.StartAsync(cancellationToken));
        foreach (PeerHandle peer in All)
        {
            Array.ForEach(All, peer.Introduce);
            Say($"{peer.Name} is {peer.PeerId}, process {peer.ProcessId}");
        }

        await UntilAsync(() => All.All(p => p.Connected.Count >= 2), cancellationToken);
        Say("all have found each other by mDNS");
    }

    private async Task TypeTogetherAsync(CancellationToken cancellationToken)
    {
        Type(_ada, Script.Ada, at: 0.0, pauseMs: 35);
        Type(_cyd, Script.Cyd, at: 1.0, pauseMs: 35);
        Type(_bob, Script.Bob, at: 0.5, pauseMs: 35);
        Say("all three type a paragraph at the same time");
        await Task.Delay(TimeSpan.FromSeconds(4), cancellationToken);

        Say($"bob is killed in the middle of a sentence (SIGKILL, process {_bob.ProcessId})");
        await _bob.KillAsync();
        await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        JsonNode back = await _bob.StartAsync(cancellationToken);
        Say($"bob is back as process {_bob.ProcessId} with {(int)back["events"]!} events from its own store");
        Type(_bob, Script.BobAgain, at: 0.5, pauseMs: 35);
        await Task.WhenAll(All.Select(p => p.WaitForAsync("typed", cancellationToken)));
        Say("everybody has finished the paragraph; every keystroke is durable");
    }

    private async Task LoseCydAsync(CancellationToken cancellationToken)
    {
        await _cyd.AskAsync("offline", "offline", cancellationToken);
        Say("cyd goes offline; ada and bob write on");
        Type(_ada, Script.AdaAlone, at: 0.3, pauseMs: 60);
        Type(_bob, Script.BobAlone, at: 0.7, pauseMs: 60);
        await Task.WhenAll(_ada.WaitForAsync("typed", cancellationToken), _bob.WaitForAsync("typed", cancellationToken));

        // Longer than gossip remembers messages: what cyd missed can only be asked for.
        await Task.Delay(TimeSpan.FromSeconds(5), cancellationToken);
        JsonNode back = await _cyd.AskAsync("online", "ready", cancellationToken);
        Say($"cyd comes back with {(int)back["events"]!} events and must fetch the rest by CID");
    }

    private async Task<bool> ConvergeAsync(CancellationToken cancellationToken)
    {
        int quiet = 0;
        string last = string.Empty;
        while (quiet < 3)
        {
            JsonNode[] states = await StatesAsync(cancellationToken);
            bool equal = states.All(s => Frontier(s) == Frontier(states[0]) && (int)s["pending"]! == 0);
            quiet = equal && Frontier(states[0]) == last ? quiet + 1 : 0;
            last = Frontier(states[0]);
            await Task.Delay(TimeSpan.FromMilliseconds(300), cancellationToken);
        }

        JsonNode cyd = (await StatesAsync(cancellationToken))[2];
        Say($"cyd found {(int)cyd["providers"]!} providers in the DHT and fetched {(int)cyd["fetched"]!} events by CID over Bitswap");
        return await CompareAsync(cancellationToken);
    }

    /// <summary>Prints the ending; tells whether all are equal, and how they differ if not.</summary>
    private async Task<bool> CompareAsync(CancellationToken cancellationToken)
    {
        JsonNode[] states = await StatesAsync(cancellationToken);
        string picture = (string)(await _ada.AskAsync("clock", "clock", cancellationToken))["picture"]!;
        Console.WriteLine($"\n--- the text on ada ---\n{(string)states[0]["text"]!}\n\n--- the Merkle-Clock, newest first ---\n{Shorten(picture)}");
        for (int i = 0; i < states.Length; i++)
        {
            JsonNode s = states[i];
            Console.WriteLine($"{All[i].Name}  events={(int)s["events"]!}  heads={(int)s["heads"]!}  characters={((string)s["text"]!).Length}  state={Frontier(s)}");
        }

        string[] different =
        [
            .. Enumerable.Range(1, 2).Where(i => Frontier(states[i]) != Frontier(states[0]) || (string)states[i]["text"]! != (string)states[0]["text"]!)
                .Select(i => $"{All[i].Name} differs from ada: {Difference((string)states[0]["text"]!, (string)states[i]["text"]!)}"),
        ];
        Array.ForEach(different, Console.WriteLine);
        bool complete = Script.Everything.All(p => ContainsInOrder((string)states[0]["text"]!, p));
        if (!complete)
        {
            Console.WriteLine("a paragraph that was durable is not in the text");
        }

        if (different.Length > 0 || !complete)
        {
            return false;
        }

        _over = true; // nothing after the last line
        Console.WriteLine($"CONVERGED peers={states.Length} events={(int)states[0]["events"]!} state={Frontier(states[0])}");
        return true;
    }

    private Task<JsonNode[]> StatesAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(All.Select(p => p.AskAsync("state", "state", cancellationToken)));

    private static string Frontier(JsonNode state) => (string)state["frontier"]!;

    private static void Type(PeerHandle peer, string text, double at, int pauseMs) =>
        peer.Send("type", new JsonObject { ["text"] = text, ["at"] = at, ["pauseMs"] = pauseMs });

    private static string Difference(string a, string b)
    {
        int at = a.AsSpan().CommonPrefixLength(b);
        return a == b ? "same text, other events" : $"first at character {at} ({a.Length} and {b.Length} characters)";
    }

    /// <summary>Typing of others may have come in between, but letters never change places.</summary>
    private static bool ContainsInOrder(string text, string paragraph)
    {
        int at = 0;
        foreach (char c in text)
        {
            at += at < paragraph.Length && c == paragraph[at] ? 1 : 0;
        }

        return at == paragraph.Length;
    }

    private static string Shorten(string picture)
    {
        const int LinesMax = 24;
        string[] lines = picture.TrimEnd('\n').Split('\n');
        return lines.Length <= LinesMax
            ? picture
            : string.Join('\n', lines.Take(LinesMax / 2).Append($"… {lines.Length - LinesMax} more …").Concat(lines.TakeLast(LinesMax / 2))) + "\n";
    }

    private static async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }

    private void Say(string line)
    {
        if (!_over)
        {
            Console.WriteLine($"{_clock.Elapsed.TotalSeconds,5:0.0} s  {line}");
        }
    }
}
