using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;

namespace P2P.Crdt.Tests.Federation;

/// <summary>
/// One document with all that an export can hold: every record type; an author who forks, with the proof and a branch nobody cites; a writer who is removed
/// and writes on, once cited and once not; a receipt that is right and one that is not; a snapshot that is right and one that is not.
/// </summary>
internal sealed class Everything(Genesis genesis)
{
    /// <summary>A receipt of what does not come out.</summary>
    public Event Lie { get; private set; } = null!;

    /// <summary>A snapshot that claims the state.</summary>
    public Event Honest { get; private set; } = null!;

    /// <summary>A snapshot that claims another.</summary>
    public Event Liar { get; private set; } = null!;

    /// <summary>The branch of the forker that nobody cites.</summary>
    public Event Third { get; private set; } = null!;

    /// <summary>Written by a removed writer, and cited.</summary>
    public Event Heard { get; private set; } = null!;

    /// <summary>Written by a removed writer, and cited by nobody.</summary>
    public Event Unheard { get; private set; } = null!;

    public async Task<List<Event>> WriteAsync()
    {
        Writer owner = new(0, genesis), removed = new(1, genesis), forker = new(2, genesis);
        List<Event> events = [];
        Event Add(Event written)
        {
            events.Add(written);
            return written;
        }

        ProgramBuilder builder = new();
        builder.Output("o", builder.Add("hash", ProgramSource.OfSlot("a")));
        byte[] code = builder.Build().Encode();
        Add(owner.Grant([removed.Key, forker.Key], []));
        Event program = Add(owner.Artifact(code, 1));
        Event input = Add(owner.Artifact("input"));
        Event stone = Add(removed.Artifact("stone", input));
        Add(removed.Edge(program, input, deps: []));
        Add(owner.Edge(program, input, deps: stone)); // one slot, two authors
        Event tomb = Add(owner.Tomb(stone));
        Event lift = Add(owner.Lift(stone, [tomb]));
        Event last = Add(removed.Tomb(program, lift));
        ReceiptBody right = new()
        {
            Program = Cid.ForDagCbor(code),
            Scheme = ProgramScheme.Pel1,
            Inputs = [new("a", Cid.ForRaw("input"u8))],
            Outputs = [new("o", Cid.ForRaw(System.Security.Cryptography.SHA256.HashData("input"u8)))],
            Status = 0,
            Gas = 4,
        };
        Add(owner.Artifact(code, 2)); // the program again: the first artifact of it is hidden
        Add(forker.Receipt(right, lift));
        Event fork = Lie = Add(forker.Receipt(right with { Outputs = [], Status = 1 }));
        Event left = Add(forker.Artifact("left"));
        forker.Last = fork;
        Event rightBranch = Add(forker.Artifact("right"));
        forker.Last = fork;
        Third = Add(forker.Artifact("third"));
        Add(owner.Artifact("filler", fork));
        Add(owner.ForkProof(left, rightBranch));
        Add(owner.Grant([], [(removed.Key, last.Sequence)], last));
        Heard = Add(removed.Artifact("heard"));
        Unheard = Add(removed.Artifact("unheard"));
        Event head = Add(owner.Artifact("cites", Heard));
        Add(owner.Write("note", [0xa0]));

        MemoryContentSource source = States.Source(events);
        source.Add(genesis.Cid, genesis.Bytes);
        ReplayResult state = await Replayer.ReplayAsync([head.Cid], source);
        SnapBody claim = new() { Cut = [head.Cid], Count = state.Count, State = state.FinalState };
        Honest = Add(owner.Write(FederationTypes.Snapshot, claim.Encode()));
        Liar = Add(owner.Write(FederationTypes.Snapshot, (claim with { State = EventDigest.Sha256([1]) }).Encode()));
        return events;
    }
}
