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
/// Makes room in the store of a running node when its quota is nearly used up: first what nobody needs, then data of others that a connected peer says it
/// has, then events of others that a snapshot has as well. What goes and what never does is the store's business; this loop asks the peers and waits.
/// </summary>
/// <remarks>Spec: durability, section 7.</remarks>
internal sealed class EvictionLoop : IAsyncDisposable
{
    private const int Attempts = 3;
    private const int PeersAsked = 8;
    private const int ChunkBlocks = 32;
    private const int MissesMax = 64;

    /// <summary>After a look that could not make the room, at most: each look reads all events.</summary>
    private static readonly TimeSpan s_restMost = TimeSpan.FromMinutes(10);

    private readonly NodeServices _services;
    private readonly StoreEviction _eviction;
    private readonly Func<IReadOnlyList<TextDocument>> _documents;
    private readonly Func<IReadOnlyCollection<PeerId>> _connected;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { SingleReader = true });
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly TimeSpan _period;
    private readonly TimeSpan _rest;
    private readonly ITimer _ticks;
    private readonly Task _running;
    private TimeSpan _restUntil;
    private long _askedTo;
    private bool _isTold;

    /// <summary>Starts it.</summary>
    public EvictionLoop(
        NodeServices services, StoreEviction eviction, (Func<IReadOnlyList<TextDocument>> Documents, Func<IReadOnlyCollection<PeerId>> Connected) node)
    {
        _services = services;
        _eviction = eviction;
        (_documents, _connected) = node;
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
        IEnumerable<EvictionCandidate> unneeded = plan.Candidates.Where(static c => c.Class == EvictionClass.Unneeded);
        StoreEvicted sum = await _eviction.EvictAsync(plan, EvictionPolicy.Choose(unneeded, _eviction.BytesToFree), _stop.Token);
        Queue<EvictionCandidate> payloads = new(plan.Candidates.Where(static c => c.Class == EvictionClass.Payload).OrderBy(c => c.Row <= _askedTo).ThenBy(static c => c.Row));
        int misses = 0;
        while (payloads.Count > 0 && misses < MissesMax && !sum.IsOutdated && _eviction.BytesToFree is long wanted and > 0)
        {
            List<EvictionCandidate> elsewhere = [];
            while (wanted > 0 && elsewhere.Count < ChunkBlocks && misses < MissesMax && payloads.TryDequeue(out EvictionCandidate next))
            {
                _askedTo = next.Row; // so that those nobody has do not stand in the way of the others for ever
                if (await IsElsewhereAsync(next.Cid))
                {
                    elsewhere.Add(next);
                    wanted -= next.Bytes;
                }
                else
                {
                    misses++;
                }
            }

            StoreEvicted gone = await _eviction.EvictAsync(plan, elsewhere, _stop.Token);
            sum = new StoreEvicted(sum.Blocks + gone.Blocks, sum.Bytes + gone.Bytes, gone.IsOutdated);
        }

        return sum;
    }

    // It is the peer's word, and the only one to be had: what must not be left to it is pinned.
    private async Task<bool> IsElsewhereAsync(Cid cid)
    {
        foreach (PeerId peer in _connected().Order().Take(PeersAsked))
        {
            if (await _services.Bitswap.HasAsync(cid, peer, _stop.Token))
            {
                return true;
            }
        }

        return false;
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
        PeerId[] configured = [.. _services.Options.Peers.Select(static address => address.PeerId).Where(static peer => !peer.IsNone).Distinct()];
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
