using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Dht.Engine;
using P2P.Transport.Connections;

namespace P2P.Dht.Running;

/// <summary>
/// Runs our requests, at most a few per peer at one time: a peer resets more than 8 streams, and in a swarm of two all requests go to one peer.
/// A stream is used again for the next waiting request and closed when none waits. Owned by the loop; the tasks report through its inbox.
/// </summary>
internal sealed class PeerLanes(KadClient client, ISpawner spawner, Func<LoopItem, ValueTask> post, CancellationToken stop)
{
    /// <summary>Requests to one peer at one time; half of what a peer accepts, since streams that end slowly count as well.</summary>
    public const int PerPeer = 4;

    private const int PruneMin = 64;

    private readonly Dictionary<PeerId, PeerLane> _lanes = [];
    private readonly HashSet<Task> _tasks = [];
    private int _pruneAt = PruneMin;

    public void Send(in KadEffect send)
    {
        if (!_lanes.TryGetValue(send.Peer, out PeerLane? lane))
        {
            lane = new PeerLane();
            _lanes.Add(send.Peer, lane);
        }

        lane.Waiting.Enqueue(send);
        Start(lane);
    }

    /// <summary>A request has ended. Its stream is kept until <see cref="Settle"/>: what the end brings about may use it.</summary>
    public void Ended(PeerId peer, PeerStream? reusable)
    {
        PeerLane lane = _lanes[peer];
        lane.Running--;
        if (reusable is not null)
        {
            lane.Open.Push(reusable);
        }
    }

    /// <summary>Starts what waits for the peer and closes streams that nothing waits for.</summary>
    public void Settle(PeerId peer)
    {
        PeerLane lane = _lanes[peer];
        Start(lane);
        while (lane.Waiting.Count == 0 && lane.Open.TryPop(out PeerStream? idle))
        {
            Track(spawner.StartAsync(() => client.LingerAsync(idle, stop)));
        }

        if (lane.Running == 0)
        {
            _lanes.Remove(peer);
        }
    }

    /// <summary>Waits for all requests after the stop was requested.</summary>
    public async Task StopAsync()
    {
        await Task.WhenAll(_tasks);
        foreach (PeerLane lane in _lanes.Values)
        {
            while (lane.Open.TryPop(out PeerStream? idle))
            {
                idle.Stream.Abort();
            }
        }
    }

    private void Start(PeerLane lane)
    {
        while (lane.Running < PerPeer && lane.Waiting.TryDequeue(out KadEffect send))
        {
            // After ADD_PROVIDER a stream may hold an unwanted echo (trap 3); such streams carry further ones of the kind only, as one batch.
            PeerStream? reuse = send.ExpectsAnswer && lane.Open.TryPop(out PeerStream? open) ? open : null;
            lane.Running++;
            KadEffect current = send;
            Track(spawner.StartAsync(() => RunAsync(current, reuse)));
        }
    }

    private async Task RunAsync(KadEffect send, PeerStream? reuse)
    {
        LoopItem end;
        try
        {
            end = await client.RunAsync(send, reuse, stop);
        }
        catch (Exception defect)
        {
            // Nothing the world does ends here. The loop must hear of it, or the lane would wait for ever.
            await post(new LoopItem(new KadInput(KadInputKind.Failed) { Id = send.Id, Peer = send.Peer }) { Defect = defect });
            return;
        }

        PeerStream? written = send.ExpectsAnswer ? null : end.Reusable;
        await post(written is null ? end : end with { Reusable = null });
        if (written is not null)
        {
            await client.LingerAsync(written, stop);
        }
    }

    private void Track(Task task)
    {
        if (_tasks.Count >= _pruneAt)
        {
            _tasks.RemoveWhere(static t => t.IsCompletedSuccessfully);
            _pruneAt = (2 * _tasks.Count) + PruneMin; // so that pruning costs O(1) per task
        }

        _tasks.Add(task);
    }
}
