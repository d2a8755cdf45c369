using System.Threading.Channels;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Replication;
using P2P.Crdt.Snapshots;
using P2P.Node.Documents;
using P2P.Storage.Eviction;

namespace P2P.Node.Adapters;

/// <summary>
/// Makes room in the store of a running node when its quota is nearly used up: first what nobody needs, then data of others, both only when a connected peer
/// keeps it, then events of others that a snapshot has as well. What goes and what never does is the store's business; this loop asks the peers and waits.
/// </summary>
/// <remarks>Spec: durability, section 7.</remarks>
internal sealed class EvictionLoop : IAsyncDisposable
{
    private const int Attempts = 3;
    private const int PeersAsked = 8;
    private const int MissesMax = 256;
    private static readonly EvictionClass[] s_classes = [EvictionClass.Unneeded, EvictionClass.Payload];

    /// <summary>After a look that could not make the room, at most: each look reads all events.</summary>
    private static readonly TimeSpan s_restMost = TimeSpan.FromMinutes(10);

    private readonly NodeServices _services;
    private readonly StoreEviction _eviction;
    private readonly KeepDesk _desk;
    private readonly KeeperSearch _keepers;
    private readonly Func<IReadOnlyList<TextDocument>> _documents;
    private readonly Dictionary<EvictionClass, long> _askedTo = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { SingleReader = true });
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly TimeSpan _period;
    private readonly TimeSpan _rest;
    private readonly ITimer _ticks;
    private readonly Task _running;
    private TimeSpan _restUntil;
    private bool _isTold;

    /// <summary>Starts it.</summary>
    public EvictionLoop(
        NodeServices services, StoreEviction eviction, KeepDesk desk, (Func<IReadOnlyList<TextDocument>> Documents, Func<IReadOnlyCollection<PeerId>> Connected) node)
    {
        _services = services;
        _eviction = eviction;
        _desk = desk;
        _documents = node.Documents;
        _keepers = new KeeperSearch(services, desk, node.Connected);
        _time = services.Options.Time;
        _started = _time.GetTimestamp();
        long age = services.Options.Storage.EvictAge.Ticks;
        _period = TimeSpan.FromTicks(Math.Clamp(age / 4, TimeSpan.TicksPerSecond, TimeSpan.TicksPerMinute));
        _rest = TimeSpan.FromTicks(Math.Clamp(age, TimeSpan.TicksPerSecond, s_restMost.Ticks)); // what was too young is old then
        _ticks = _time.CreateTimer(static state => ((EvictionLoop)state!).OnTick(), this, _period, _period);
        eviction.Pressed = () => _wake.Writer.TryWrite(true); // full: it will look anyway
        _running = services.Options.Spawner.StartAsync(RunAsync);
    }

    private TimeSpan Now => _time.GetElapsedTime(_started);

    public async ValueTask DisposeAsync()
    {
        _eviction.Pressed = null;
        await _ticks.DisposeAsync();
        _stop.Cancel();
        await _running;
        _stop.Dispose();
    }

    private void OnTick()
    {
        _eviction.Tick(Now);
        _wake.Writer.TryWrite(true);
    }

    private async Task RunAsync()
    {
        try
        {
            await foreach (bool _ in _wake.Reader.EachAsync(_stop.Token))
            {
                if (_eviction.BytesToFree == 0)
                {
                    _isTold = false;
                }
                else if (Now >= _restUntil)
                {
                    await MakeRoomAsync();
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // stopped
        }
        catch (ChannelClosedException)
        {
            // Bitswap stopped before us
        }
    }

    private async Task MakeRoomAsync()
    {
        long blocks = 0;
        long bytes = 0;
        long events = 0;
        bool isOutdated = true;
        _keepers.Begin();
        try
        {
            for (int i = 0; i < Attempts && isOutdated; i++)
            {
                StoreEvicted gone = await EvictAsync(await _eviction.SurveyAsync(_stop.Token));
                (blocks, bytes, isOutdated) = (blocks + gone.Blocks, bytes + gone.Bytes, gone.IsOutdated);
            }

            events = _eviction.BytesToFree > 0 ? await CompactAsync() : 0;
        }
        catch (StoreException failed)
        {
            _services.Logger.RoomFailed(failed.Message);
        }

        if (blocks + events > 0)
        {
            _services.Logger.RoomMade(blocks, bytes, events);
        }

        if (_eviction.BytesToFree == 0)
        {
            _isTold = false;
            return;
        }

        _restUntil = Now + (isOutdated ? _period : _rest);
        if (!_isTold && !isOutdated)
        {
            _services.Logger.NoRoomMade(_eviction.UsedBytes, _services.Options.Storage.QuotaBytes);
            _isTold = true;
        }
    }

    private async Task<StoreEvicted> EvictAsync(EvictionPlan plan)
    {
        StoreEvicted sum = default;
        foreach (EvictionClass kind in s_classes)
        {
            StoreEvicted gone = await EvictAsync(plan, kind);
            sum = new StoreEvicted(sum.Blocks + gone.Blocks, sum.Bytes + gone.Bytes, gone.IsOutdated);
            if (sum.IsOutdated)
            {
                break;
            }
        }

        return sum;
    }

    private async Task<StoreEvicted> EvictAsync(EvictionPlan plan, EvictionClass kind)
    {
        long askedTo = _askedTo.GetValueOrDefault(kind);
        Queue<EvictionCandidate> open = new(plan.Candidates.Where(c => c.Class == kind).OrderBy(c => c.Row <= askedTo).ThenBy(static c => c.Row));
        StoreEvicted sum = default;
        int misses = 0;
        while (open.Count > 0 && misses < MissesMax && !sum.IsOutdated && _eviction.BytesToFree is long wanted and > 0)
        {
            List<EvictionCandidate> chunk = [];
            while (wanted > 0 && chunk.Count < KeepWire.BlocksMax && open.TryDequeue(out EvictionCandidate next))
            {
                chunk.Add(next);
                wanted -= next.Bytes;
            }

            _askedTo[kind] = chunk[^1].Row; // so that those nobody has do not stand in the way of the others for ever
            (StoreEvicted gone, int kept) = await EvictAsync(plan, chunk);
            misses += chunk.Count - kept;
            sum = new StoreEvicted(sum.Blocks + gone.Blocks, sum.Bytes + gone.Bytes, gone.IsOutdated);
        }

        return sum;
    }

    private async Task<(StoreEvicted Gone, int Kept)> EvictAsync(EvictionPlan plan, List<EvictionCandidate> chunk)
    {
        IReadOnlyList<EvictionCandidate> kept = await _keepers.FindAsync(chunk, _stop.Token);
        StoreEvicted gone = await _eviction.EvictAsync(plan, kept, CancellationToken.None); // not given up half way: the marks must outlast it
        _desk.Leaving.Clear(); // not after a failure, which does not say whether they went
        return (gone, kept.Count);
    }

    // Of open documents; those that sleep have to be opened for it.
    private async Task<long> CompactAsync()
    {
        long dropped = 0;
        HashSet<Cid> pinned = [.. await _services.Pins.PinsAsync(_stop.Token)];
        foreach (TextDocument document in _documents().Where(document => !pinned.Contains(document.Id)))
        {
            if (_eviction.BytesToFree == 0)
            {
                break;
            }

            try
            {
                dropped += await CompactAsync(document);
            }
            catch (P2PException failed)
            {
                _services.Logger.RoomFailed(failed.Message); // closed meanwhile
            }
        }

        return dropped;
    }

    // All peers of the settings must have the snapshot; without any one that has shown that it does.
    private async Task<long> CompactAsync(TextDocument document)
    {
        PeerId[] configured = [.. _keepers.Configured];
        IEnumerable<PeerId[]> choices = configured.Length > 0
            ? [configured]
            : (await _services.Store.GetAcknowledgementsAsync(document.Id, _stop.Token)).Select(static shown => shown.Peer).Distinct().Take(PeersAsked).Select(static peer => new[] { peer });
        foreach (PeerId[] peers in choices)
        {
            CompactionReport report = await document.CompactAsync(new CompactionOptions { Peers = peers, KeepsOwn = true }, _stop.Token);
            if (report.Refusal == CompactionRefusal.None)
            {
                return report.Events;
            }
        }

        return 0;
    }
}
