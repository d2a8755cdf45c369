using System.Diagnostics;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Dht.Routing;
using P2P.Dht.Serving;
using P2P.Dht.Wire;

namespace P2P.Dht.Engine;

/// <summary>A whole DHT node as a pure state machine: inputs and monotonic time in, effects out. One owner.</summary>
internal sealed class KadEngine
{
    /// <summary>Renewals of provider records at one time.</summary>
    public const int RenewalsMax = 16;

    /// <summary>Failures in a row that remove a connected peer; a peer that cannot be reached goes at once.</summary>
    private const int FailuresMax = 3;

    private static readonly TimeSpan s_expireInterval = TimeSpan.FromMinutes(10);

    /// <summary>A bucket's oldest member that was useful this lately is not doubted.</summary>
    private static readonly TimeSpan s_trusted = TimeSpan.FromMinutes(1);

    private readonly IKadPeers _peers;
    private readonly KadOutbox _outbox = new();
    private readonly KadOperations _operations;
    private readonly KadTeller _teller;
    private readonly KadRefresher _refresher;
    private readonly HashSet<PeerId> _doubted = [];
    private TimeSpan _expireAt = s_expireInterval;
    private long _lastOwnId;

    public KadEngine(IKadPeers peers, KadOptions options, IChance chance, WallClock clock)
    {
        _peers = peers;
        Stores = new KadStores(peers, options, chance, clock);
        _operations = new KadOperations(peers, options, Stores, _outbox);
        _teller = new KadTeller(options, peers, Stores, _outbox);
        _refresher = new KadRefresher(options, Stores.Table, chance);
    }

    public KadStores Stores { get; }

    public int OperationCount => _operations.Count;

    public int RequestsInFlight => _outbox.InFlight;

    /// <summary>Applies one input; appends what must be done to <paramref name="effects"/>.</summary>
    public void Step(in KadInput input, TimeSpan now, List<KadEffect> effects)
    {
        _outbox.Begin(effects, now);
        switch (input.Kind)
        {
            case KadInputKind.PeerServes:
                PeerServes(input.Peer);
                break;
            case KadInputKind.PeerServesNot:
                Stores.Table.Remove(input.Peer);
                break;
            case KadInputKind.PeerGone:
                _teller.Gone(input.Peer);
                break;
            case KadInputKind.Request:
                Stores.Table.MarkUseful(input.Peer, now);
                effects.Add(new KadEffect(KadEffectKind.Reply, input.Id) { Answer = Stores.Server.Answer(input.Peer, input.Message!, now) });
                break;
            case KadInputKind.Answered:
                Answered(input);
                break;
            case KadInputKind.Failed:
                Failed(input);
                break;
            case KadInputKind.Start:
                _operations.Start(input.Id, input.Command!, background: false);
                break;
            case KadInputKind.Cancel:
                _operations.Cancel(input.Id);
                break;
            case KadInputKind.StopProviding:
                Stores.Book.Remove(KadKey.Of(input.Command!.Key.Span));
                break;
            case KadInputKind.Tick:
                Tick(now);
                break;
            default:
                throw new UnreachableException($"Unknown input {input.Kind}.");
        }
    }

    /// <summary>When the next <see cref="KadInputKind.Tick"/> is needed, at the latest.</summary>
    public TimeSpan NextDue()
    {
        TimeSpan due = _expireAt;
        due = Min(due, _operations.NextDue());
        due = Min(due, _teller.NextDue);
        due = Min(due, _refresher.NextDue);
        return _operations.RunningBackground < RenewalsMax ? Min(due, Stores.Book.NextDue) : due;
    }

    /// <summary>The table for people.</summary>
    public TableSnapshot Snapshot(TimeSpan now)
    {
        List<TablePeer> peers = [];
        foreach ((int bucket, TableEntry entry) in Stores.Table.Entries())
        {
            peers.Add(new TablePeer(entry.Peer, bucket, now - entry.LastUseful, entry.Failures));
        }

        int size = _operations.Size.Value > 0 ? (int)Math.Min(_operations.Size.Value, 1e9) : peers.Count + 1;
        return new TableSnapshot(peers, size) { LastLookup = _operations.LastLookup };
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private void PeerServes(PeerId peer)
    {
        IReadOnlyList<ulong> groups = AddressRules.GroupsOf(_peers.AddressesOf(peer));
        switch (Stores.Table.Add(peer, groups, _outbox.Now, out TableEntry? doubtful))
        {
            case TableAdd.Added:
                _refresher.Joined(_outbox.Now);
                _teller.Joined(peer);
                break;
            case TableAdd.Present:
                _teller.Joined(peer); // it may have restarted empty
                break;
            case TableAdd.BucketFull when _outbox.Now - doubtful!.LastUseful >= s_trusted && _doubted.Add(doubtful.Peer):
                // FIND_NODE of ourselves instead of PING: rust peers do not answer PING and would be thrown out.
                _outbox.Send(KadRpcPurpose.Alive, doubtful.Peer, [new KadMessage(KadMessageType.FindNode, _peers.LocalPeer.Memory)]);
                break;
            default:
                break;
        }
    }

    private void Answered(in KadInput input)
    {
        KadRpc? rpc = _outbox.Take(input.Id);
        if (rpc is null)
        {
            return;
        }

        if (input.Message is KadMessage answer && answer.Type != rpc.Type)
        {
            Failed(rpc, KadFailure.BadAnswer);
            return;
        }

        // Being written to proves nothing; an answer does.
        if (rpc.Type != KadMessageType.AddProvider)
        {
            Stores.Table.MarkUseful(rpc.Peer, _outbox.Now);
        }

        switch (rpc.Purpose)
        {
            case KadRpcPurpose.Alive:
                _doubted.Remove(rpc.Peer);
                break;
            case KadRpcPurpose.Tell:
                _teller.Settled(rpc.Peer, written: true);
                break;
            default:
                _operations.Answered(rpc, input.Message);
                break;
        }
    }

    private void Failed(in KadInput input)
    {
        if (_outbox.Take(input.Id) is KadRpc rpc)
        {
            Failed(rpc, input.Failure);
        }
    }

    private void Failed(KadRpc rpc, KadFailure failure)
    {
        // A refused store (reset) says nothing against the peer.
        bool refused = failure == KadFailure.Reset && rpc.Type is KadMessageType.PutValue or KadMessageType.AddProvider;
        if (!refused)
        {
            bool connected = _peers.IsConnected(rpc.Peer);
            Stores.Table.MarkFailed(rpc.Peer, connected && failure != KadFailure.NotSupported ? FailuresMax : 1);
        }

        switch (rpc.Purpose)
        {
            case KadRpcPurpose.Alive:
                _doubted.Remove(rpc.Peer);
                Stores.Table.Remove(rpc.Peer);
                break;
            case KadRpcPurpose.Tell:
                _teller.Settled(rpc.Peer, written: refused);
                break;
            default:
                _operations.Failed(rpc, failure);
                break;
        }
    }

    private void Tick(TimeSpan now)
    {
        _operations.Tick();
        _teller.Tick();
        foreach (KadCommand walk in _refresher.TakeDue(_peers.LocalPeer.Memory, now))
        {
            StartOwn(walk);
        }

        foreach (ProvidedKey key in Stores.Book.TakeDue(now, RenewalsMax - _operations.RunningBackground))
        {
            StartOwn(new KadCommand(KadOperationKind.Provide, key.Multihash));
        }

        if (now >= _expireAt)
        {
            _expireAt = now + s_expireInterval;
            Stores.Providers.Expire(now);
            Stores.Records.Expire(now);
        }
    }

    // Own operations have negative ids, so that they never meet the application's.
    private void StartOwn(KadCommand command) => _operations.Start(--_lastOwnId, command, background: true);
}
