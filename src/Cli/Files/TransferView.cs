using System.Text.Json.Nodes;
using P2P.Cli.Commands;
using P2P.Core.Runtime;
using P2P.Node.Files;

namespace P2P.Cli.Files;

/// <summary>Shows a transfer while it runs: looks every quarter of a second and writes what <see cref="TransferTalk"/> says.</summary>
internal sealed class TransferView : IProgress<FileProgress>, IAsyncDisposable
{
    private const int LookMilliseconds = 250;
    private const int LooksPerFact = 8;
    private const int LineCharacters = 78;

    private readonly Session _session;
    private readonly TransferTalk _talk;
    private readonly bool _mayUseOutput;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private volatile FileProgress? _last;
    private bool _isDrawn;

    /// <param name="session">The verb's.</param>
    /// <param name="what">What is on its way.</param>
    /// <param name="mayUseOutput">Whether facts may go to stdout: not while the file itself does.</param>
    /// <param name="isFromPeers">Whether peers are waited for.</param>
    public TransferView(Session session, string what, bool mayUseOutput = true, bool isFromPeers = true)
    {
        _session = session;
        _mayUseOutput = mayUseOutput;
        _talk = new TransferTalk(what, session.Context.Terminal.HasFlag(TerminalUse.Errors) && !session.Output.Json) { IsFromPeers = isFromPeers };
        _running = PoolSpawner.Instance.StartAsync(RunAsync);
    }

    public FileProgress? Last => _last;

    public void Report(FileProgress value) => _last = value;

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        long startedAt = SystemTime.Provider.GetTimestamp();
        FileProgress? told = null;
        try
        {
            for (int look = 1; ; look++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(LookMilliseconds), SystemTime.Provider, _stop.Token);
                FileProgress? last = _last;
                (string? drawn, string? said) = _talk.Look(last, _session.Node.Peers.Connected.Count, SystemTime.Provider.GetElapsedTime(startedAt));
                if (said is not null)
                {
                    Erase();
                    _session.Output.Say(said);
                }

                if (drawn is not null)
                {
                    await _session.Context.Errors.WriteAsync($"\r{drawn.PadRight(LineCharacters)}");
                    await _session.Context.Errors.FlushAsync(_stop.Token);
                    _isDrawn = true;
                }

                if (_session.Output.Json && _mayUseOutput && look % LooksPerFact == 0 && last is not null && last != told)
                {
                    told = last;
                    _session.Output.Fact("file.progress", Describe(last), null);
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            Erase(); // stopped, or nobody reads any more
        }
    }

    private void Erase()
    {
        if (_isDrawn)
        {
            _isDrawn = false;
            _session.Context.Errors.Write($"\r{new string(' ', LineCharacters)}\r");
        }
    }

    private static JsonObject Describe(FileProgress progress) => new()
    {
        ["bytes"] = progress.Bytes,
        ["totalBytes"] = progress.TotalBytes,
        ["blocksFetched"] = progress.BlocksFetched,
        ["blocksHeld"] = progress.BlocksHeld,
        ["peers"] = progress.Peers,
    };
}
