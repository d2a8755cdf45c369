using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;
using P2P.Crdt.Replication;
using P2P.Testing.Simulation;

namespace P2P.Testing.Tests.Simulation;

/// <summary>
/// The costly invariants: what a core holds and shows against <see cref="DagModel"/>, its blocks against their names and signatures, its text
/// against everybody's. Run at some steps, after every restart, and at the end.
/// </summary>
/// <remarks>Spec: simulation, section 5: S1, S2, S3, S5 (order of elements), S6 (waiting room), S12 (what is applied is authentic).</remarks>
internal sealed class HistoryAudit
{
    private const int PatienceTurns = 200;
    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<EventDigest, (IReadOnlyList<Cid> Order, ElementId State, string Text)> _seen = [];
    private readonly HashSet<Cid> _verified = [];
    private Dictionary<ElementId, int> _places = [];

    /// <summary>Audits made.</summary>
    public int Count { get; private set; }

    /// <summary>Audits a node that runs, and moves virtual time as far as it needs; null when the node is busy all the time, or crashes.</summary>
    public async Task<DagModel?> RunAsync(SimulatedNetwork net, SimulatedNode node)
    {
        for (int turn = 0; turn < PatienceTurns && node.IsRunning; turn++)
        {
            if (await TryAsync(net, node) is DagModel model)
            {
                return model;
            }

            await net.RunAsync(s_turn);
        }

        return null;
    }

    private async Task<DagModel?> TryAsync(SimulatedNetwork net, SimulatedNode node)
    {
        Replica replica = node.Replica;
        void Hold(bool holds, string message) => InvariantMonitor.Hold(net, holds, $"{node.Name}: {message}");
        (CoreView? View, string? WrongCounts) = await InvariantMonitor.AskAsync(net, node, async () =>
            (await CoreView.ReadAsync(replica), await replica.InspectAsync(core => CoreView.WrongCounts(core, replica.Options), CancellationToken.None)));
        Hold(WrongCounts is null, $"S6: the waiting room is out of step or over its limits: {WrongCounts}");
        if (View is not CoreView view)
        {
            return null;
        }

        Count++;
        Hold(view.Unreadable == 0, $"S2: {view.Unreadable} applied events cannot be read back as they were");
        DagModel model = new(replica.Options.Genesis, view.Applied);
        Hold(model.Broken is null, $"the applied set breaks the specification: {model.Broken}");
        Hold(view.Visible.SetEquals(model.Visible), $"S3: {view.Visible.Count} events are visible, by the specification {model.Visible.Count}");
        Hold(view.Heads.SequenceEqual(model.Heads), "S3: the heads are not the maximal visible events");
        Hold(view.Forks.Count == model.Forks.Count && model.Forks.All(fork => view.Forks.GetValueOrDefault(fork.Key) == fork.Value),
            "S1: other authors are flagged, or from other numbers on, than the events prove");
        Hold(view.Canonical.SequenceEqual(model.Canonical), "S1: the order is not that of height and name");
        Verify(view, Hold);
        CompareText(replica, view, Hold);
        return model;
    }

    // One good signature at the end of each branch vouches for all below it. What was verified once is not verified again: a CID names its bytes.
    private void Verify(CoreView view, Action<bool, string> hold)
    {
        HashSet<(Cid, EventDigest)> vouchedFor = [];
        foreach (Event applied in view.Applied.Reverse())
        {
            bool isAuthentic = vouchedFor.Contains((applied.Cid, DagModel.KeyOf(applied.Author)))
                || _verified.Contains(applied.Cid) || (EventCodec.VerifySignature(applied) && _verified.Add(applied.Cid));
            hold(isAuthentic, $"S2, S12: {applied.Cid} is applied and nothing vouches for it");
            vouchedFor.Add((applied.Previous, DagModel.KeyOf(applied.Author)));
        }
    }

    private void CompareText(Replica replica, CoreView view, Action<bool, string> hold)
    {
        if (replica.Options.Folds is not [TextFold fold] || replica.Status.FrontierHash is var frontier && !replica.Status.Heads.SequenceEqual(view.Heads))
        {
            return; // something came in between
        }

        (IReadOnlyList<Cid> Order, ElementId State, string Text) mine = (view.Canonical, fold.Text.GetStateHash(), fold.Text.GetText());
        if (_seen.TryGetValue(frontier, out (IReadOnlyList<Cid> Order, ElementId State, string Text) known))
        {
            hold(known.Order.SequenceEqual(mine.Order), "S1: another order under a known frontier hash");
            hold(known.State == mine.State && known.Text == mine.Text, $"S1: another text under a known frontier hash: '{mine.Text}', not '{known.Text}'");
        }
        else
        {
            _seen.Add(frontier, mine);
        }

        List<ElementId> elements = fold.Elements();
        int last = -1;
        foreach (ElementId element in elements)
        {
            if (_places.TryGetValue(element, out int place))
            {
                hold(place > last, "S5: two elements of the text swapped");
                last = place;
            }
        }

        _places = elements.Index().ToDictionary(static e => e.Item, static e => e.Index);
    }
}
