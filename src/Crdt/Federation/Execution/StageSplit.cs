using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;

namespace P2P.Crdt.Federation.Execution;

/// <summary>Cuts a program into stages: small programs whose slots are slots of the whole or outputs of earlier stages.</summary>
/// <remarks>Spec: federation, section 6, multi-node execution. A pure function of the program: every node cuts alike.</remarks>
public static class StageSplit
{
    private static readonly string[] s_plain = ["const", "concat", "slice", "hash"];

    /// <summary>Cuts.</summary>
    /// <param name="program">The whole.</param>
    /// <param name="nodesPerStage">Nodes in one stage, 1 or more.</param>
    /// <returns>Stages in the order of their nodes; one stage when a part would need more slots than there may be.</returns>
    public static IReadOnlyList<ProgramStage> Cut(ProgramBody program, int nodesPerStage)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentOutOfRangeException.ThrowIfLessThan(nodesPerStage, 1);
        int[] stageOf = [.. Enumerable.Range(0, program.Nodes.Count).Select(n => n / nodesPerStage)];
        HashSet<int> exported = [.. program.Outputs.Select(static o => o.Value)];
        for (int node = 0; node < program.Nodes.Count; node++)
        {
            exported.UnionWith(program.Nodes[node].Inputs.Where(i => i.Slot is null && stageOf[i.Node] != stageOf[node]).Select(static i => i.Node));
        }

        List<ProgramStage> stages = [];
        for (int first = 0; first < program.Nodes.Count; first += nodesPerStage)
        {
            stages.Add(Build(program, (first, Math.Min(first + nodesPerStage, program.Nodes.Count)), exported));
        }

        return stages.TrueForAll(static s => s.Bindings.Count <= RecordLimits.SlotsMax && s.Program.Outputs.Count <= RecordLimits.SlotsMax)
            ? stages
            : [Build(program, (0, program.Nodes.Count), [.. program.Outputs.Select(static o => o.Value)])];
    }

    /// <summary>Name of the slot in which a stage gives the value of a node.</summary>
    /// <param name="node">Index in the whole program.</param>
    public static string OutputOf(int node) => $"n{node.ToString(System.Globalization.CultureInfo.InvariantCulture)}";

    private static ProgramStage Build(ProgramBody program, (int From, int To) part, HashSet<int> exported)
    {
        ProgramBuilder builder = new();
        Dictionary<ProgramSource, string> slots = [];
        ProgramSource[] placed = new ProgramSource[part.To - part.From];
        for (int node = part.From; node < part.To; node++)
        {
            ProgramNode whole = program.Nodes[node];
            if (!s_plain.Contains(whole.Operator))
            {
                _ = SlotFor(ProgramSource.OfSlot(ProgramScheme.SnapshotSlot)); // reads the snapshot without naming it among its inputs
            }

            ProgramSource[] inputs = [.. whole.Inputs.Select(i => i.Slot is null && i.Node >= part.From ? placed[i.Node - part.From] : ProgramSource.OfSlot(SlotFor(i)))];
            placed[node - part.From] = builder.Add(whole.Operator, whole.Parameters, inputs);
            if (exported.Contains(node))
            {
                builder.Output(OutputOf(node), placed[node - part.From]);
            }
        }

        ProgramBody body = builder.Build();
        return new ProgramStage(body, body.Cid(), slots.ToDictionary(static s => s.Value, static s => s.Key));

        // The snapshot slot keeps its name: query operators look for it. Others are numbered, lest names clash.
        string SlotFor(ProgramSource source)
        {
            if (!slots.TryGetValue(source, out string? slot))
            {
                slot = source.Slot == ProgramScheme.SnapshotSlot ? source.Slot : $"x{slots.Count.ToString(System.Globalization.CultureInfo.InvariantCulture)}";
                slots.Add(source, slot);
            }

            return slot;
        }
    }
}
