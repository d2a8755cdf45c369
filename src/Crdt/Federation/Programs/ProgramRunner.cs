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
    /// <returns>The result, or null when something is missing.</returns>
    public static ProgramResult? Run(Cid program, IReadOnlyList<KeyValuePair<string, Cid>> inputs, IProgramHost host, ISet<Cid> missing)
    {
        bool complete = true;
        Dictionary<string, ProgramValue> slots = new(StringComparer.Ordinal);
        foreach ((string slot, Cid cid) in inputs)
        {
            if (host.TryRead(cid, out ReadOnlyMemory<byte> value))
            {
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
        return Run(body!, slots, new ProgramMachine(host, snapshot, missing));
    }

    private static ProgramResult? Run(ProgramBody program, Dictionary<string, ProgramValue> slots, ProgramMachine machine)
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

            if (values[i] is null)
            {
                return Failed(machine.Status, machine.Gas);
            }

            Forget(node, values, uses);
        }

        List<KeyValuePair<string, Cid>> outputs = [];
        List<Block> blocks = [];
        foreach ((string slot, int node) in program.Outputs)
        {
            Block block = values[node]!.ToBlock();
            outputs.Add(new KeyValuePair<string, Cid>(slot, block.Cid));
            blocks.Add(block);
        }

        return new ProgramResult(ProgramStatus.Ok, outputs, machine.Gas, blocks);
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

    private static void Forget(ProgramNode node, ProgramValue?[] values, int[] uses)
    {
        foreach (ProgramSource input in node.Inputs)
        {
            if (input.Slot is null && --uses[input.Node] == 0)
            {
                values[input.Node] = null;
            }
        }
    }
}
