using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Federation.Records;

namespace P2P.Crdt.Federation.Programs;

/// <summary>A program: operators that read slots and earlier operators, so it is acyclic by its form. One DAG-CBOR block.</summary>
/// <remarks>Spec: federation, section 6: <c>{ v:1, out:{slot: node}, nodes:[{in, op, params}] }</c>, nodes in canonical topological order.</remarks>
public sealed record ProgramBody
{
    private static readonly DagCborOptions s_options = new() { AllowFloats = false, ItemsMax = 1 << 20, KeysMax = RecordLimits.SlotsMax };

    /// <summary>Operators.</summary>
    public required IReadOnlyList<ProgramNode> Nodes { get; init; }

    /// <summary>Which node makes which output, in canonical key order.</summary>
    public required IReadOnlyList<KeyValuePair<string, int>> Outputs { get; init; }

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        DagCborWriter writer = new(64 + (64 * Nodes.Count));
        writer.WriteMapStart(3);
        writer.WriteText("v"u8);
        writer.WriteUInt(1);
        writer.WriteText("out"u8);
        writer.WriteMapStart(Outputs.Count);
        foreach ((string slot, int node) in Outputs)
        {
            writer.WriteText(slot);
            writer.WriteUInt((ulong)node);
        }

        writer.WriteText("nodes"u8);
        writer.WriteArrayStart(Nodes.Count);
        foreach (ProgramNode node in Nodes)
        {
            writer.WriteRaw(node.Encode());
        }

        return writer.ToArray();
    }

    /// <summary>CID of the program block.</summary>
    public Cid Cid() => Core.Multiformats.Cid.ForDagCbor(Encode());

    /// <summary>Reads a program. Never throws on its content.</summary>
    /// <param name="block">All bytes; the result keeps slices of it.</param>
    /// <param name="program">The program.</param>
    /// <returns>None on success.</returns>
    public static ProgramDefect TryRead(ReadOnlyMemory<byte> block, out ProgramBody? program)
    {
        program = null;
        if (block.Length > ProgramScheme.ProgramBytesMax)
        {
            return ProgramDefect.Encoding;
        }

        DagCborReader reader = new(block.Span, s_options);
        if (!reader.TryReadMapStart(out int keys) || keys != 3 || !reader.TryReadKey("v"u8) || !reader.TryReadUInt(out ulong version))
        {
            return DagCbor.Validate(block.Span, s_options) == DagCborStatus.Valid ? ProgramDefect.Schema : ProgramDefect.Encoding;
        }

        if (version != 1)
        {
            return ProgramDefect.Version;
        }

        if (!reader.TryReadKey("out"u8) || !TryReadOutputs(ref reader, out KeyValuePair<string, int>[] outputs) || !reader.TryReadKey("nodes"u8)
            || !reader.TryReadArrayStart(out int count))
        {
            return ProgramDefect.Schema;
        }

        if (count > ProgramScheme.NodesMax)
        {
            return ProgramDefect.Nodes;
        }

        ProgramNode[] nodes = new ProgramNode[count];
        ReadOnlyMemory<byte>[] encodings = new ReadOnlyMemory<byte>[count];
        for (int i = 0; i < count; i++)
        {
            int start = reader.Position;
            ProgramDefect defect = NodeReader.TryRead(ref reader, block, out ProgramNode? node);
            if (defect != ProgramDefect.None)
            {
                return defect;
            }

            nodes[i] = node!;
            encodings[i] = block[start..reader.Position];
        }

        if (!reader.End())
        {
            return ProgramDefect.Encoding;
        }

        if (Array.Exists(outputs, o => o.Value >= count))
        {
            return ProgramDefect.Source;
        }

        program = new ProgramBody { Nodes = nodes, Outputs = outputs };
        ProgramDefect order = ProgramOrder.Check(nodes, encodings);
        program = order == ProgramDefect.None ? program : null;
        return order;
    }

    private static bool TryReadOutputs(ref DagCborReader reader, out KeyValuePair<string, int>[] outputs)
    {
        outputs = [];
        if (!reader.TryReadMapStart(out int count) || count > RecordLimits.SlotsMax)
        {
            return false;
        }

        outputs = new KeyValuePair<string, int>[count];
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadText(out ReadOnlySpan<byte> name) || !SlotMap.IsName(name) || !reader.TryReadUInt(out ulong node)
                || node >= ProgramScheme.NodesMax)
            {
                return false;
            }

            outputs[i] = new KeyValuePair<string, int>(System.Text.Encoding.ASCII.GetString(name), (int)node);
        }

        return true;
    }
}
