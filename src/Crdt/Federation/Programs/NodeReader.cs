using P2P.Core.Encoding;
using P2P.Crdt.Federation.Records;

namespace P2P.Crdt.Federation.Programs;

/// <summary>Reads one node of a program and checks that its operator has such parameters and inputs.</summary>
internal static class NodeReader
{
    public static ProgramDefect TryRead(ref DagCborReader reader, ReadOnlyMemory<byte> block, out ProgramNode? node)
    {
        node = null;
        if (!reader.TryReadMapStart(out int keys) || keys != 3 || !reader.TryReadKey("in"u8) || !TryReadSources(ref reader, out ProgramSource[] inputs)
            || !reader.TryReadKey("op"u8) || !reader.TryReadText(out ReadOnlySpan<byte> name)
            || !reader.TryReadKey("params"u8) || reader.PeekKind() != DagCborKind.Map)
        {
            return ProgramDefect.Schema;
        }

        if (OperatorTable.Find(name) is not OperatorShape shape)
        {
            return ProgramDefect.Operator;
        }

        int start = reader.Position;
        if (!reader.TrySkip(out _))
        {
            return ProgramDefect.Encoding;
        }

        ReadOnlyMemory<byte> parameters = block[start..reader.Position];
        if (inputs.Length < shape.InputsMin || inputs.Length > shape.InputsMax || !shape.AreParametersValid(parameters.Span))
        {
            return ProgramDefect.Parameters;
        }

        node = new ProgramNode(shape.Name, parameters, inputs);
        return ProgramDefect.None;
    }

    private static bool TryReadSources(ref DagCborReader reader, out ProgramSource[] sources)
    {
        sources = [];
        if (!reader.TryReadArrayStart(out int count) || count > OperatorTable.InputsMax)
        {
            return false;
        }

        sources = count == 0 ? [] : new ProgramSource[count];
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadArrayStart(out int items) || items != 2 || !reader.TryReadText(out ReadOnlySpan<byte> kind))
            {
                return false;
            }

            if (kind.SequenceEqual("slot"u8) && reader.TryReadText(out ReadOnlySpan<byte> name) && SlotMap.IsName(name))
            {
                sources[i] = ProgramSource.OfSlot(System.Text.Encoding.ASCII.GetString(name));
            }
            else if (!kind.SequenceEqual("slot"u8) && kind.SequenceEqual("node"u8) && reader.TryReadUInt(out ulong index) && index < ProgramScheme.NodesMax)
            {
                sources[i] = ProgramSource.OfNode((int)index);
            }
            else
            {
                return false;
            }
        }

        return true;
    }
}
