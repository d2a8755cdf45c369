using System.Diagnostics;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Dht.Lookup;
using P2P.Dht.Routing;
using P2P.Dht.Serving;
using P2P.Dht.Wire;

namespace P2P.Dht.Engine;

/// <summary>Runs operations: which lookup, what to make of its answers, what to store where. Pure; one owner.</summary>
internal sealed class KadOperations
{
    /// <summary>Providers taken from one answer.</summary>
    public const int ProvidersTaken = 64;

    private const int SeedFactor = 3;

    private readonly IKadPeers _peers;
    private readonly KadOptions _options;
    private readonly KadStores _stores;
    private readonly KadOutbox _outbox;
    private readonly AddressRules _rules;
    private readonly KadStoring _storing;
    private readonly Dictionary<long, KadOperation> _byId = [];
    private readonly Queue<KadOperation> _waiting = new();
    private readonly Queue<KadOperation> _waitingBackground = new();
    private readonly List<KadOperation> _running = [];

    public KadOperations(IKadPeers peers, KadOptions options, KadStores stores, KadOutbox outbox)
    {
        _peers = peers;
        _options = options;
        _stores = stores;
        _outbox = outbox;
        _rules = new AddressRules(options.AllowLoopback, options.AllowPrivate);
        _storing = new KadStoring(peers, options, stores, outbox);
        Rtt = new RttEstimate(options.HedgeDelay);
        Size = new SizeEstimate(options.K);
    }

    public RttEstimate Rtt { get; }

    public SizeEstimate Size { get; }

    /// <summary>Operations running or waiting.</summary>
    public int Count => _byId.Count;

    /// <summary>How the last lookup went; null before the first.</summary>
    public LookupTrace? LastLookup { get; private set; }

    public int RunningBackground => _running.Count(static o => o.Background) + _waitingBackground.Count;

    public void Start(long id, KadCommand command, bool background)
    {
        KadError error = _byId.Count >= _options.OperationsMax ? KadError.TooManyOperations
            : KadAdmission.Admit(command, _stores, _peers.LocalPeer, _outbox.Now);
        if (error != KadError.None)
        {
            if (background && command.Kind == KadOperationKind.Provide)
            {
                _stores.Book.Ended(KadKey.Of(command.Key.Span), sent: 0, _outbox.Now); // tried again later
            }

            _outbox.Add(new KadEffect(KadEffectKind.Done, id) { Outcome = new KadOutcome(command.Kind) { Error = error } });
            return;
        }

        KadOperation operation = new(id, command, background);
        _byId.Add(id, operation);
        (background ? _waitingBackground : _waiting).Enqueue(operation);
        BeginWaiting();
    }

    public void Cancel(long id)
    {
        if (_byId.TryGetValue(id, out KadOperation? operation))
        {
            Finish(operation, new KadOutcome(operation.Command.Kind));
            BeginWaiting();
        }
    }

    public void Tick()
    {
        foreach (KadOperation operation in _running.ToArray())
        {
            if (operation.Lookup!.End == LookupEnd.None && operation.Lookup.NextDue() <= _outbox.Now)
            {
                StepLookup(operation, new LookupInput(LookupInputKind.Tick));
            }
        }

        BeginWaiting();
    }

    public TimeSpan NextDue()
    {
        TimeSpan due = TimeSpan.MaxValue;
        foreach (KadOperation operation in _running)
        {
            if (operation.Lookup!.End == LookupEnd.None && operation.Lookup.NextDue() is TimeSpan at && at < due)
            {
                due = at;
            }
        }

        return due;
    }

    /// <summary>One of the requests of an operation was answered (or written, when it has no answer).</summary>
    public void Answered(KadRpc rpc, KadMessage? answer)
    {
        KadOperation operation = rpc.Operation!;
        if (operation.Ended)
        {
            return;
        }

        if (rpc.Purpose == KadRpcPurpose.Store)
        {
            operation.Sent++;
            StoreSettled(operation);
        }
        else if (rpc.Purpose == KadRpcPurpose.Lookup && answer is not null)
        {
            Rtt.Add(_outbox.Now - rpc.SentAt);
            LookupAnswered(operation, rpc.Peer, answer);
        }

        BeginWaiting();
    }

    public void Failed(KadRpc rpc, KadFailure failure)
    {
        KadOperation operation = rpc.Operation!;
        if (operation.Ended)
        {
            return;
        }

        if (rpc.Purpose == KadRpcPurpose.Store)
        {
            operation.Failed++;
            _stores.Book.Find(operation.Target)?.Holders.Remove(rpc.Peer);
            StoreSettled(operation);
        }
        else if (rpc.Purpose == KadRpcPurpose.Lookup)
        {
            bool proved = failure == KadFailure.NotSupported;
            StepLookup(operation, new LookupInput(proved ? LookupInputKind.Reached : LookupInputKind.Failed, rpc.Peer));
        }

        BeginWaiting();
    }

    private void BeginWaiting()
    {
        // The application's wishes go before our own housekeeping.
        while (_running.Count < _options.LookupsMax
            && (_waiting.TryDequeue(out KadOperation? next) || _waitingBackground.TryDequeue(out next)))
        {
            if (!next.Ended)
            {
                Begin(next);
            }
        }
    }

    private void Begin(KadOperation operation)
    {
        operation.StartedAt = _outbox.Now;
        // More than k, so that not all of them can be forged ids next to the target.
        List<PeerId> seeds = _stores.Table.Closest(operation.Target, SeedFactor * _options.K);
        PeerId target = default;
        LookupGoal goal = LookupGoal.Closest;
        switch (operation.Command.Kind)
        {
            case KadOperationKind.FindPeer when PeerId.TryRead(operation.Command.Key.Span, out target):
                if (_peers.IsConnected(target))
                {
                    Finish(operation, Found(operation, target));
                    return;
                }

                goal = LookupGoal.Node;
                if (_peers.AddressesOf(target).Count > 0 && !seeds.Contains(target))
                {
                    seeds.Insert(0, target);
                }

                break;
            case KadOperationKind.FindProviders:
                goal = LookupGoal.Providers;
                operation.Providers = new ProviderMerge(_peers.LocalPeer, operation.Command.Max);
                PeerInfo[] local = operation.Providers.Add(LocalProviders(operation)) is PeerInfo known ? [known] : [];
                if (PassOn(operation, [.. local, .. operation.Providers.TakeRest()]))
                {
                    return;
                }

                break;
            case KadOperationKind.GetValue:
                goal = LookupGoal.Value;
                operation.Best = _stores.Records.Get(operation.Command.Key.Span, _outbox.Now)?.Value;
                break;
            case KadOperationKind.Provide:
                _stores.Book.Begun(operation.Target);
                break;
            default:
                break;
        }

        operation.Lookup = new KadLookup(new LookupPlan(operation.Target, _peers.LocalPeer, goal, _options)
        {
            TargetPeer = target,
            HedgeDelay = Rtt.HedgeDelay,
            Radius = goal is LookupGoal.Closest or LookupGoal.Providers ? Size.Radius(_stores.Table) : default,
        });
        _running.Add(operation);
        StepLookup(operation, new LookupInput(LookupInputKind.Start, Peers: seeds));
    }

    private void StepLookup(KadOperation operation, in LookupInput input)
    {
        KadLookup lookup = operation.Lookup!;
        if (operation.Ended || lookup.End != LookupEnd.None)
        {
            return;
        }

        List<PeerId> ask = [];
        lookup.Step(input, _outbox.Now, ask);
        KadMessage request = new(operation.Command.LookupType, operation.Command.Key);
        foreach (PeerId peer in ask)
        {
            // Hearsay is noted only for peers that are dialled now: what liars tell about others never leaves the operation.
            IReadOnlyList<Multiaddr> addresses = operation.Hearsay.Of(peer);
            if (addresses.Count > 0 && !_peers.IsConnected(peer))
            {
                _outbox.Add(new KadEffect(KadEffectKind.Learn, 0) { Peer = peer, Info = new PeerInfo(peer, addresses) });
            }

            _outbox.Send(KadRpcPurpose.Lookup, peer, [request], operation);
        }

        if (lookup.End != LookupEnd.None)
        {
            AfterLookup(operation, lookup);
        }
    }

    private void LookupAnswered(KadOperation operation, PeerId peer, KadMessage answer)
    {
        List<PeerId> closer = new(answer.CloserPeers.Count);
        foreach (KadPeer other in answer.CloserPeers)
        {
            closer.Add(other.Peer);
            operation.Hearsay.Note(other.Peer, _rules.Keep(other.Peer, other.Addresses));
        }

        if (operation.Command.Kind == KadOperationKind.FindProviders)
        {
            if (answer.ProviderPeers.Count > 0)
            {
                PeerInfo? first = operation.Providers.Add(answer.ProviderPeers.Take(ProvidersTaken)
                    .Select(p => new PeerInfo(p.Peer, _rules.Keep(p.Peer, p.Addresses))));
                if (first is not null && PassOn(operation, first))
                {
                    return;
                }

                StepLookup(operation, new LookupInput(LookupInputKind.Found));
            }
        }
        else if (operation.Command.Kind == KadOperationKind.GetValue && answer.Record is KadRecord record
            && operation.OfferValue(peer, record, _stores.Records))
        {
            // A public key proves itself: there is no better one to wait for.
            bool last = _stores.Records.IsFinal(operation.Command.Key.Span);
            StepLookup(operation, new LookupInput(last ? LookupInputKind.Stop : LookupInputKind.Found));
        }

        StepLookup(operation, new LookupInput(LookupInputKind.Answered, peer, closer));
    }

    private void AfterLookup(KadOperation operation, KadLookup lookup)
    {
        KadOperationKind kind = operation.Command.Kind;
        Size.Add(operation.Target, lookup);
        switch (kind)
        {
            case KadOperationKind.FindPeer:
                PeerId target = PeerId.TryRead(operation.Command.Key.Span, out PeerId read) ? read : default;
                Finish(operation, lookup.End == LookupEnd.Reached ? Found(operation, target) : new KadOutcome(kind));
                break;
            case KadOperationKind.FindProviders:
                if (!PassOn(operation, [.. operation.Providers.TakeRest()]))
                {
                    Finish(operation, new KadOutcome(kind) { Answered = lookup.Answered });
                }

                break;
            case KadOperationKind.GetValue:
                _storing.Correct(operation, lookup);
                Finish(operation, new KadOutcome(kind) { Value = operation.Best, Answered = lookup.Answered });
                break;
            case KadOperationKind.Provide:
            case KadOperationKind.PutValue:
                Store(operation, lookup);
                break;
            case KadOperationKind.Bootstrap:
            case KadOperationKind.Refresh:
                Finish(operation, new KadOutcome(kind) { Answered = lookup.Answered });
                break;
            default:
                throw new UnreachableException($"Unknown operation {kind}.");
        }
    }

    private void Store(KadOperation operation, KadLookup lookup)
    {
        _storing.Store(operation, lookup);
        if (operation.Pending == 0)
        {
            FinishStore(operation);
        }
    }

    private void StoreSettled(KadOperation operation)
    {
        if (--operation.Pending == 0)
        {
            FinishStore(operation);
        }
    }

    private void FinishStore(KadOperation operation) => Finish(operation, new KadOutcome(operation.Command.Kind)
    {
        Sent = operation.Sent,
        Failed = operation.Failed,
        Answered = operation.Lookup!.Answered,
    });

    private IEnumerable<PeerInfo> LocalProviders(KadOperation operation) =>
        _stores.Providers.Get(operation.Target, _outbox.Now)
            .Select(e => new PeerInfo(e.Peer, _rules.Keep(e.Peer, [.. e.Addresses, .. _peers.AddressesOf(e.Peer)])));

    /// <summary>Passes providers on; true when there were enough, which ends the operation.</summary>
    private bool PassOn(KadOperation operation, params ReadOnlySpan<PeerInfo> infos)
    {
        foreach (PeerInfo info in infos)
        {
            _outbox.Add(new KadEffect(KadEffectKind.Provider, operation.Id) { Info = info });
        }

        if (operation.Providers.IsFull)
        {
            Finish(operation, new KadOutcome(operation.Command.Kind) { Answered = operation.Lookup?.Answered ?? 0 });
        }

        return operation.Ended;
    }

    private KadOutcome Found(KadOperation operation, PeerId peer)
    {
        return new KadOutcome(operation.Command.Kind)
        {
            Peer = new PeerInfo(peer, _rules.Keep(peer, [.. _peers.AddressesOf(peer), .. operation.Hearsay.Of(peer)])),
        };
    }

    private void Finish(KadOperation operation, KadOutcome outcome)
    {
        operation.Ended = true;
        LastLookup = LookupTrace.Of(operation, _outbox.Now) ?? LastLookup;
        _byId.Remove(operation.Id);
        _running.Remove(operation);
        if (operation.Command.Kind == KadOperationKind.Provide)
        {
            _stores.Book.Ended(operation.Target, operation.Sent, _outbox.Now);
        }

        _outbox.Add(new KadEffect(KadEffectKind.Done, operation.Id) { Outcome = outcome with { RefusedPeers = operation.Lookup?.RefusedPeers ?? 0 } });
    }
}
