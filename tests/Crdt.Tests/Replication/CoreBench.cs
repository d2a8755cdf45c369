using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

/// <summary>A core with a store that always succeeds at once: every step is visible, nothing waits.</summary>
internal sealed class CoreBench
{
    private readonly List<ReplicaEffect> _effects = [];

    public CoreBench(Func<ReplicaOptions, ReplicaOptions>? configure = null, ulong seed = 1)
    {
        SeededChance chance = new(seed);
        ReplicaOptions options = new()
        {
            Genesis = Author.Genesis,
            Store = new MemoryEventStore(chance, withKey: false),
            Syncer = new NoSyncer(),
            Chance = chance,
        };
        Options = configure?.Invoke(options) ?? options;
        Core = new ReplicaCore(Options, TimeSpan.Zero);
    }

    public ReplicaOptions Options { get; }

    public ReplicaCore Core { get; }

    public TimeSpan Now { get; set; }

    /// <summary>Effects other than commits, publications and verdicts, in order.</summary>
    public List<ReplicaEffect> Effects { get; } = [];

    /// <summary>What was published: the visible changes, as a reader would see them.</summary>
    public ChangeLog Changes { get; } = new(1);

    /// <summary>Applied events, in order of publication.</summary>
    public List<Event> Published { get; } = [];

    public List<EventVerdict> Verdicts { get; } = [];

    /// <summary>Blocks whose sender was told of as at fault.</summary>
    public int Faults { get; private set; }

    public string State => string.Join(',', Core.State.Clock.Canonical().Select(static n => n.Cid.ToString()[^8..]))
        + "|" + string.Join(',', Core.PublishedHeads) + "|" + Core.PublishedFrontier;

    public EventVerdict Give(Event candidate, PeerId peer = default) => Give(candidate.Bytes, peer);

    public EventVerdict Give(ReadOnlyMemory<byte> block, PeerId peer = default, Cid expected = default)
    {
        int before = Verdicts.Count;
        Step(new BlocksInput([new IncomingBlock(block, expected, null, SignatureVerified: false)], peer, EventSource.Sync, null));
        return Verdicts[before];
    }

    /// <summary>As <see cref="Give(Event, PeerId)"/>, the signature being known to be good.</summary>
    public EventVerdict GiveVerified(Event candidate, PeerId peer = default)
    {
        int before = Verdicts.Count;
        Step(new BlocksInput([new IncomingBlock(candidate.Bytes, default, candidate, SignatureVerified: true)], peer, EventSource.Sync, null));
        return Verdicts[before];
    }

    public List<EventVerdict> GivePack(IEnumerable<Event> events, PeerId peer = default)
    {
        int before = Verdicts.Count;
        Step(new BlocksInput(
            [.. events.Select(static e => new IncomingBlock(e.Bytes, default, null, SignatureVerified: false))], peer, EventSource.Sync, null));
        return [.. Verdicts.Skip(before)];
    }

    public void Step(ReplicaInput input)
    {
        Core.Step(input, Now, _effects);
        Settle();
        Core.Step(new TickInput(0), Now, _effects);
        Settle();
    }

    public void Tick(TimeSpan at)
    {
        Now = at;
        Core.Step(new TickInput(0), Now, _effects);
        Settle();
    }

    public EventNode Node(Event found) => Core.State.Graph.Find(found.Cid) ?? throw new InvalidOperationException("Not applied.");

    private void Settle()
    {
        for (int i = 0; i < _effects.Count; i++)
        {
            switch (_effects[i])
            {
                case CommitEffect:
                    Core.Step(new CommittedInput(), Now, _effects);
                    break;
                case PublishEffect publish:
                    Changes.Add(publish.Batch);
                    Published.AddRange(publish.Batch.Applied.Select(static a => a.Event));
                    break;
                case VerdictEffect verdict:
                    Faults += verdict.AtFault.IsNone ? 0 : 1;
                    Verdicts.Add(verdict.Verdict);
                    break;
                default:
                    Effects.Add(_effects[i]);
                    break;
            }
        }

        _effects.Clear();
    }

    private sealed class NoSyncer : ISyncer
    {
        public ValueTask<IReadOnlyList<Event?>> FetchAsync(Cid document, IReadOnlyList<Cid> cids, FetchHint hint, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("The bench answers fetches itself.");

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
