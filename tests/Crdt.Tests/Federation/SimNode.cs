using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Federation;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Federation.State;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.Federation;

/// <summary>
/// A replica core with the fold on it and a disk that may crash around any write: what was committed stays, all else is lost, and
/// the next start loads it.
/// </summary>
internal sealed class SimNode
{
    private readonly int _number;
    private readonly DraftDefects _defects;
    private readonly List<Event> _applied = [];
    private readonly Dictionary<Cid, Event> _held = [];
    private readonly Dictionary<Cid, Event> _known = [];
    private readonly List<ReplicaEffect> _effects = [];
    private ReplicaCore _core;
    private OwnTip? _tip;

    public SimNode(int number, DraftDefects defects = DraftDefects.None)
    {
        (_number, _defects) = (number, defects);
        _core = Start();
    }

    public FederationFold Fold { get; private set; } = new();

    public ReplicaCore Core => _core;

    /// <summary>Writes so far, over all lives.</summary>
    public int Writes { get; private set; }

    public int Crashes { get; private set; }

    /// <summary>Asked around each write: crash before it, after it, or not.</summary>
    public Func<int, CrashPoint> Crash { get; set; } = static _ => CrashPoint.No;

    /// <summary>Own events that were acknowledged: they must be there for ever.</summary>
    public List<Cid> Acknowledged { get; } = [];

    public IReadOnlyList<Event> Applied => _applied;

    /// <summary>Whether signatures of what others bring are checked.</summary>
    public bool ChecksSignatures { get; init; }

    public ReadOnlyMemory<byte> Key => new Author(_number).Key;

    public MemoryContentSource Source => States.Source(_known.Values);

    public IEnumerable<Event> Visible => _core.State.Clock.Canonical().Select(n => _known[n.Cid]);

    /// <summary>What a correct replica relays: visible events, and both events of each lowest proof.</summary>
    public IEnumerable<Event> Relayed => Visible.Concat(_core.State.Clock.Flagged
        .SelectMany(static a => new[] { a.Proof!.Value.First, a.Proof.Value.Second }).SelectMany(WithPast)).DistinctBy(static e => e.Cid);

    public void Give(IEnumerable<Event> events)
    {
        IncomingBlock[] blocks = [.. events.Select(e => new IncomingBlock(e.Bytes, default, e, SignatureVerified: !ChecksSignatures))];
        if (blocks.Length > 0)
        {
            foreach (IncomingBlock block in blocks)
            {
                _known[block.Decoded!.Cid] = block.Decoded;
            }

            Step(new BlocksInput(blocks, default, EventSource.Sync, null));
        }
    }

    public void Append(string type, ReadOnlyMemory<byte> body) => Step(new AppendInput(new EventDraft { Type = type, Body = body }, 0, IsBroadcast: false, new object()));

    public string Grown() => Fold.Settle(Forks(), Source).State?.Hash().ToString() ?? "incomplete";

    public string Anew() => Replay().FinalState.ToString();

    /// <summary>The replay from nothing but what is held.</summary>
    public ReplayResult Replay() => Replayer.ReplayAsync(
        Author.Genesis, [.. _core.State.Graph.ByArrival.Select(n => _known[n.Cid])], Source, new ReplayOptions { Defects = _defects }).GetAwaiter().GetResult();

    /// <summary>Takes what another node finds that this one lacks: the claim and the plan of a sync session, without its repairs by range.</summary>
    public void Pull(SimNode from)
    {
        SyncSummary claim = new SyncIndex(_core).Summarise(SyncProtocol.AuthorsMax);
        SyncPlan plan = new SyncIndex(from._core, _defects).Plan(claim);
        Give([.. plan.Proofs.Concat(plan.Pack).Distinct().Select(c => from._known[c])]);
    }

    public string Order() => string.Join(',', _core.State.Clock.Canonical().Select(static n => n.Cid));

    private IEnumerable<Event> WithPast(EventNode node)
    {
        HashSet<EventNode> seen = [node];
        Stack<EventNode> work = new([node]);
        while (work.TryPop(out EventNode? next))
        {
            Array.ForEach(next.Links, link =>
            {
                if (seen.Add(link))
                {
                    work.Push(link);
                }
            });
        }

        return seen.OrderBy(static n => n, Comparer<EventNode>.Create(EventNode.CompareCanonical)).Select(n => _known[n.Cid]);
    }

    private IEnumerable<ForkPoint> Forks() => _core.State.Clock.Flagged.Select(static a => new ForkPoint(a.Protobuf, a.ForkSequence));

    private ReplicaCore Start()
    {
        ReplicaOptions options = new()
        {
            Genesis = Author.Genesis,
            Store = new MemoryEventStore(new SeededChance(1), withKey: false),
            Signer = new Author(_number).Signer,
            Chance = new SeededChance(1),
            TypeRules = DocumentRules.Create(),
        };
        ReplicaCore core = new(options, TimeSpan.Zero);
        Fold = new FederationFold(_defects);
        StagedBatch loaded = core.Load(Blocks(_applied), Blocks(_held.Values), _tip);
        Publish(loaded);
        return core;
    }

    private static List<IncomingBlock> Blocks(IEnumerable<Event> events) =>
        [.. events.Select(static e => new IncomingBlock(e.Bytes, e.Cid, e, SignatureVerified: true))];

    private void Step(ReplicaInput input)
    {
        _core.Step(input, TimeSpan.Zero, _effects);
        if (Settle())
        {
            _core.Step(new TickInput(0), TimeSpan.Zero, _effects);
            _ = Settle();
        }
    }

    // False after a crash: what was going on is gone.
    private bool Settle()
    {
        for (int i = 0; i < _effects.Count; i++)
        {
            switch (_effects[i])
            {
                case CommitEffect commit:
                    CrashPoint crash = Crash(Writes++);
                    if (crash != CrashPoint.Before)
                    {
                        Keep(commit.Batch);
                    }

                    if (crash != CrashPoint.No)
                    {
                        Crashes++;
                        _effects.Clear();
                        _core = Start();
                        return false;
                    }

                    _core.Step(new CommittedInput(), TimeSpan.Zero, _effects);
                    break;
                case PublishEffect publish:
                    Publish(publish.Batch);
                    break;
                case ReplyEffect { Appended: Event appended }:
                    Acknowledged.Add(appended.Cid);
                    break;
                default:
                    break;
            }
        }

        _effects.Clear();
        return true;
    }

    private void Keep(StagedBatch batch)
    {
        foreach (Event applied in batch.Applied.Select(static a => a.Event))
        {
            _applied.Add(applied);
            _known[applied.Cid] = applied;
            _held.Remove(applied.Cid);
        }

        foreach (Event held in batch.Held.Values)
        {
            _held[held.Cid] = held;
        }

        batch.Dropped.ToList().ForEach(d => _held.Remove(d));
        _tip = batch.OwnTip is Event tip ? new OwnTip(tip.Cid, tip.Sequence, tip.Height) : _tip;
    }

    private void Publish(StagedBatch batch)
    {
        foreach (Event applied in batch.Applied.Select(static a => a.Event))
        {
            _known[applied.Cid] = applied;
        }

        foreach (VisibilityChange change in batch.Changes)
        {
            Event changed = _known[change.Node.Cid];
            if (change.IsShown)
            {
                Fold.Apply(changed);
            }
            else
            {
                Fold.Retract(changed);
            }
        }
    }
}
