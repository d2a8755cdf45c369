using System.Diagnostics;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Node;
using P2P.Node.Documents;

namespace P2P.Cli.Benchmarks;

/// <summary>How long a user waits: for help, for a node, for the first message of a fresh node at another one, all on this machine.</summary>
internal static class StartBench
{
    private static readonly TimeSpan s_watchdog = TimeSpan.FromSeconds(60);

    public static async Task<StartFigures> RunAsync(int rounds, CancellationToken cancellationToken)
    {
        List<double> starts = [];
        List<double> messages = [];
        double cold = 0;
        for (int round = 0; round <= rounds; round++) // the first one is cold and counted apart
        {
            (TimeSpan started, TimeSpan delivered) = await MeasureAsync(cancellationToken);
            if (round == 0)
            {
                cold = delivered.TotalMilliseconds;
                continue;
            }

            starts.Add(started.TotalMilliseconds);
            messages.Add(delivered.TotalMilliseconds);
        }

        List<double> helps = [];
        for (int round = 0; round < rounds; round++)
        {
            helps.Add((await HelpAsync(cancellationToken)).TotalMilliseconds);
        }

        return new StartFigures(Median(starts), Median(messages), cold, Median(helps));
    }

    /// <summary>Runs the same with js-libp2p; what its script prints.</summary>
    /// <exception cref="CliException">Node or the script cannot be run.</exception>
    public static async Task<string> RunJsAsync(string script, int rounds, CancellationToken cancellationToken)
    {
        string own = Path.Combine(Path.GetDirectoryName(script)!, "node_modules", "node", "bin", "node");
        ProcessStartInfo start = new(File.Exists(own) ? own : "node") { RedirectStandardOutput = true, UseShellExecute = false };
        start.ArgumentList.Add(script);
        start.ArgumentList.Add(rounds.ToString(System.Globalization.CultureInfo.InvariantCulture));
        try
        {
            using Process node = Process.Start(start)!;
            string line = await node.StandardOutput.ReadToEndAsync(cancellationToken);
            await node.WaitForExitAsync(cancellationToken);
            return node.ExitCode == 0 ? line : throw new CliException(CliError.FileUnreadable, $"node {script} ended with {node.ExitCode}; npm ci in its folder?");
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new CliException(CliError.FileUnreadable, $"node cannot be started: {error.Message}", error);
        }
    }

    private static async Task<(TimeSpan Started, TimeSpan Delivered)> MeasureAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource watchdog = new(s_watchdog, SystemTime.Provider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(watchdog.Token, cancellationToken);
        await using P2PNode listener = await P2PNode.StartAsync(Options(), either.Token);
        TextDocument there = await listener.Documents.OpenAsync("bench", either.Token);
        Task arrived = FirstAsync(there, either.Token);

        long begin = SystemTime.Provider.GetTimestamp();
        await using P2PNode node = await P2PNode.StartAsync(Options(listener.Addresses[0]), either.Token);
        TimeSpan started = SystemTime.Provider.GetElapsedTime(begin);
        TextDocument here = await node.Documents.OpenAsync("bench", either.Token);
        await here.AppendAsync("hello\n", either.Token);
        await arrived;
        return (started, SystemTime.Provider.GetElapsedTime(begin));
    }

    private static async Task FirstAsync(TextDocument document, CancellationToken cancellationToken)
    {
        await foreach (TextChange change in document.Changes(cancellationToken: cancellationToken))
        {
            return;
        }
    }

    private static async Task<TimeSpan> HelpAsync(CancellationToken cancellationToken)
    {
        string own = Environment.ProcessPath ?? "p2p";
        ProcessStartInfo start = new(own) { RedirectStandardOutput = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(own) == "dotnet")
        {
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }

        start.ArgumentList.Add("--help");
        long begin = SystemTime.Provider.GetTimestamp();
        using Process process = Process.Start(start)!;
        await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return SystemTime.Provider.GetElapsedTime(begin);
    }

    private static P2POptions Options(params Multiaddr[] peers) => new()
    {
        Network = "bench",
        Mdns = false,
        Listen = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")],
        Peers = peers,
    };

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
