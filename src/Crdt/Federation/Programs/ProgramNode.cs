using P2P.Core.Encoding;

namespace P2P.Crdt.Federation.Programs;

/// <summary>One operator of a program.</summary>
/// <param name="Operator">Name, such as <c>concat</c>.</param>
/// <param name="Parameters">Canonical DAG-CBOR map.</param>
/// <param name="Inputs">Where it reads.</param>
public sealed record ProgramNode(string Operator, ReadOnlyMemory<byte> Parameters, IReadOnlyList<ProgramSource> Inputs)
{
    /// <summary>Canonical bytes: <c>{ in, op, params }</c>.</summary>
    public byte[] Encode()
    {
        DagCborWriter writer = new(48 + Parameters.Length + (16 * Inputs.Count));
        writer.WriteMapStart(3);
        writer.WriteText("in"u8);
        writer.WriteArrayStart(Inputs.Count);
        foreach (ProgramSource input in Inputs)
        {
            writer.WriteArrayStart(2);
            if (input.Slot is string slot)
            {
                writer.WriteText("slot"u8);
                writer.WriteText(slot);
            }
            else
            {
                writer.WriteText("node"u8);
                writer.WriteUInt((ulong)input.Node);
            }
        }

        writer.WriteText("op"u8);
        writer.WriteText(Operator);
        writer.WriteText("params"u8);
        writer.WriteRaw(Parameters.Span);
        return writer.ToArray();
    }
}
