using System.Globalization;
using P2P.Core.Runtime;
using P2P.Node;
using P2P.Node.Peers;

namespace P2P.Cli.Commands;

/// <summary>What <c>p2p up</c> shows: peers as they come and go, and a line that says how things stand. On a terminal that line stays at the bottom.</summary>
internal sealed class UpDisplay
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_lonely = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_ping = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(10); // between status lines where they cannot be overwritten

    private readonly Session _session;
    private readonly bool _overwrites;
    private readonly long _start = SystemTime.Provider.GetTimestamp();
    private readonly Lock _gate = new();
    private string _line = string.Empty;
    private TimeSpan _saidAt = -s_quiet;
    private bool _hadPeer;

    public UpDisplay(Session session)
    {
        _session = session;
        _overwrites = session.Context.Terminal.HasFlag(TerminalUse.Errors) && session.Output.CanMoveCursor;
    }

    private TimeSpan Elapsed => SystemTime.Provider.GetElapsedTime(_start);

    /// <summary>Shows until the token ends it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task watching = WatchAsync(either.Token);
        Task ticking = TickAsync(either.Token);
        await Task.WhenAny(watching, ticking); // both run until they are cancelled, so one that ended has failed
        either.Cancel();
        await Task.WhenAll(watching, ticking);
    }

    /// <summary>A line above the status line.</summary>
    public void Say(string text)
    {
        lock (_gate)
        {
            Erase();
            _session.Output.Say(text);
            Draw();
        }
    }

    /// <summary>The last line: the status line is over.</summary>
    public void End(string text)
    {
        lock (_gate)
        {
            Erase();
            _line = string.Empty;
            _session.Output.Say(text);
        }
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        await foreach (NodePeerEvent change in _session.Node.Peers.Events(cancellationToken))
        {
            NodePeer peer = change.Peer;
            _hadPeer |= change.Connected;
            TimeSpan? roundTrip = change.Connected ? await PingAsync(peer, cancellationToken) : null;
            System.Text.Json.Nodes.JsonObject fields = Session.Describe(peer);
            fields["rttMs"] = roundTrip?.TotalMilliseconds;
            _session.Output.Fact(change.Connected ? "peer.connected" : "peer.disconnected", fields, null);
            string latency = roundTrip is TimeSpan time ? string.Create(CultureInfo.InvariantCulture, $"  {time.TotalMilliseconds:0.#} ms") : string.Empty;
            Say(string.Create(
                CultureInfo.InvariantCulture,
                $"  {(change.Connected ? '✓' : '✗')} {Elapsed.TotalSeconds:0.0} s  {peer.Name}  {peer.Id}  {Session.Word(peer.Found)}{latency}"));
        }
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        bool saidLonely = false;
        while (true)
        {
            if (!saidLonely && !_hadPeer && Elapsed >= s_lonely)
            {
                saidLonely = true;
                Array.ForEach(Loneliness.Lines(_session.Node), Say);
            }

            Show(NodeFacts.Line(_session.Node));
            await Task.Delay(s_tick, SystemTime.Provider, cancellationToken);
        }
    }

    private async Task<TimeSpan?> PingAsync(NodePeer peer, CancellationToken cancellationToken)
    {
        TimeSpan? roundTrip = null;
        try
        {
            await _session.WithinAsync(s_ping, async token => roundTrip = await _session.Node.Peers.PingAsync(peer.Id, token), cancellationToken);
        }
        catch (P2PException error) when (error.IsOfNetwork)
        {
            // it went again; its leaving is the next line
        }

        return roundTrip;
    }

    private void Show(string line)
    {
        lock (_gate)
        {
            if (line == _line || (!_overwrites && Elapsed - _saidAt < s_quiet))
            {
                return;
            }

            _line = line;
            _saidAt = Elapsed;
            if (_overwrites)
            {
                Erase();
                Draw();
            }
            else
            {
                _session.Output.Say($"  {line}");
            }
        }
    }

    private void Erase()
    {
        if (_overwrites)
        {
            _session.Output.Talk("\r\u001b[2K");
        }
    }

    private void Draw()
    {
        if (_overwrites && _line.Length > 0)
        {
            _session.Output.Talk($"  {_line}        Ctrl-C to stop");
        }
    }
}
