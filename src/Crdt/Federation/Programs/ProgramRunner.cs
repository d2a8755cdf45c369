using P2P.Core.Blocks;
using P2P.Core.Multiformats;

namespace P2P.Crdt.Federation.Programs;

/// <summary>Runs a program: a total function of program, inputs and scheme. No clock, chance, locale, float or I/O is in its reach.</summary>
/// <remarks>Spec: federation, section 6.</remarks>
internal static class ProgramRunner
{
    /// <summary>Runs a program.</summary>
    /// <param name="program">CID of its block.</param>
    /// <param name="inputs">CIDs by slot.</param>
    /// <param name="host">Where blocks and snapshots are read.</param>
    /// <param name="missing">Receives what is needed and not here.</param>
    /// <param name="live">What may be held.</param>
    /// <returns>The result, or null when something is missing or too much is held.</returns>
    public static ProgramResult? Run(
        Cid program, IReadOnlyList<KeyValuePair<string, Cid>> inputs, IProgramHost host, ISet<Cid> missing, LiveBytes live)
    {
        bool complete = true;
        HashSet<Cid> held = [];
        Dictionary<string, ProgramValue> slots = new(StringComparer.Ordinal);
        foreach ((string slot, Cid cid) in inputs)
        {
            if (host.TryRead(cid, out ReadOnlyMemory<byte> value))
            {
                if (held.Add(cid) && !live.TryTake(value.Length))
                {
                    return null;
                }

                slots.Add(slot, ProgramValue.OfSlot(cid, value));
            }
            else
            {
                missing.Add(cid);
                complete = false;
            }
        }

        if (!host.TryRead(program, out ReadOnlyMemory<byte> block))
        {
            missing.Add(program);
            return null;
        }

        if (!complete)
        {
            return null;
        }

        if (ProgramBody.TryRead(block, out ProgramBody? body) != ProgramDefect.None)
        {
            return Failed(ProgramStatus.Type, 0);
        }

        Cid snapshot = inputs.FirstOrDefault(static i => i.Key == ProgramScheme.SnapshotSlot).Value;
        return Run(body!, slots, new ProgramMachine(host, snapshot, missing), live);
    }

    private static ProgramResult? Run(ProgramBody program, Dictionary<string, ProgramValue> slots, ProgramMachine machine, LiveBytes live)
    {
        ProgramValue?[] values = new ProgramValue?[program.Nodes.Count];
        int[] uses = CountUses(program);
        for (int i = 0; i < values.Length; i++)
        {
            ProgramNode node = program.Nodes[i];
            ProgramValue[] inputs = new ProgramValue[node.Inputs.Count];
            for (int j = 0; j < inputs.Length; j++)
            {
                ProgramSource source = node.Inputs[j];
                if (source.Slot is null)
                {
                    inputs[j] = values[source.Node]!;
                }
                else if (!slots.TryGetValue(source.Slot, out inputs[j]!))
                {
                    return Failed(ProgramStatus.MissingSlot, machine.Gas);
                }
            }

            values[i] = machine.Step(node, inputs);
            if (machine.IsIncomplete)
            {
                return null;
            }

            if (values[i] is not ProgramValue made)
            {
                return Failed(machine.Status, machine.Gas);
            }

            if (!live.TryTake(made.Length))
            {
                return null;
            }

            Forget(node, values, uses, live);
            if (uses[i] == 0)
            {
                live.Give(made.Length); // nobody reads it
                values[i] = null;
            }
        }

        return Finish(program, values, machine.Gas, live);
    }

    private static ProgramResult? Finish(ProgramBody program, ProgramValue?[] values, ulong gas, LiveBytes live)
    {
        List<KeyValuePair<string, Cid>> outputs = [];
        List<Block> blocks = [];
        foreach ((string slot, int node) in program.Outputs)
        {
            if (values[node]!.TryGetList(out _) && !live.TryTake(values[node]!.Length))
            {
                return null; // as a block it is held once more
            }

            Block block = values[node]!.ToBlock();
            outputs.Add(new KeyValuePair<string, Cid>(slot, block.Cid));
            blocks.Add(block);
        }

        return new ProgramResult(ProgramStatus.Ok, outputs, gas, blocks);
    }

    private static ProgramResult Failed(ulong status, ulong gas) => new(status, [], gas, []);

    // A value is let go after its last reader: a long program holds what is still needed, not all it ever made.
    private static int[] CountUses(ProgramBody program)
    {
        int[] uses = new int[program.Nodes.Count];
        foreach (ProgramNode node in program.Nodes)
        {
            foreach (ProgramSource input in node.Inputs)
            {
                uses[input.Node] += input.Slot is null ? 1 : 0;
            }
        }

        foreach ((string _, int node) in program.Outputs)
        {
            uses[node]++;
        }

        return uses;
    }

    private static void Forget(ProgramNode node, ProgramValue?[] values, int[] uses, LiveBytes live)
    {
        foreach (ProgramSource input in node.Inputs)
        {
            if (input.Slot is null && --uses[input.Node] == 0)
            {
                live.Give(values[input.Node]!.Length);
                values[input.Node] = null;
            }
        }
    }
}
