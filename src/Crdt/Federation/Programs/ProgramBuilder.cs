using P2P.Core.Encoding;

namespace P2P.Crdt.Federation.Programs;

/// <summary>Puts a program together in any order and brings it into canonical form. Not thread-safe.</summary>
public sealed class ProgramBuilder
{
    private readonly List<ProgramNode> _nodes = [];
    private readonly List<KeyValuePair<string, int>> _outputs = [];

    /// <summary>Adds a node with the given canonical parameters.</summary>
    /// <param name="name">Operator.</param>
    /// <param name="parameters">Canonical DAG-CBOR map.</param>
    /// <param name="inputs">Slots, or nodes this builder has returned.</param>
    /// <returns>A source that reads the node.</returns>
    public ProgramSource Add(string name, ReadOnlyMemory<byte> parameters, params IReadOnlyList<ProgramSource> inputs)
    {
        _nodes.Add(new ProgramNode(name, parameters, inputs));
        return ProgramSource.OfNode(_nodes.Count - 1);
    }

    /// <summary>Adds a node without parameters, such as <c>concat</c>, <c>hash</c>, <c>merge</c> and <c>shadow</c>.</summary>
    /// <param name="name">Operator.</param>
    /// <param name="inputs">What it reads.</param>
    public ProgramSource Add(string name, params IReadOnlyList<ProgramSource> inputs) => Add(name, new byte[] { 0xa0 }, inputs);

    /// <summary>A <c>const</c>.</summary>
    /// <param name="bytes">The value.</param>
    public ProgramSource Const(ReadOnlySpan<byte> bytes)
    {
        DagCborWriter writer = new(16 + bytes.Length);
        writer.WriteMapStart(1);
        writer.WriteText("bytes"u8);
        writer.WriteBytes(bytes);
        return Add("const", writer.ToArray());
    }

    /// <summary>A <c>slice</c>.</summary>
    /// <param name="input">What to cut.</param>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Count of bytes.</param>
    public ProgramSource Slice(ProgramSource input, ulong offset, ulong length)
    {
        DagCborWriter writer = new(32);
        writer.WriteMapStart(2);
        writer.WriteText("length"u8);
        writer.WriteUInt(length);
        writer.WriteText("offset"u8);
        writer.WriteUInt(offset);
        return Add("slice", writer.ToArray(), input);
    }

    /// <summary>Names an output.</summary>
    /// <param name="slot">1 to 32 of <c>[a-z0-9_]</c>.</param>
    /// <param name="node">A node of this builder.</param>
    public void Output(string slot, ProgramSource node) => _outputs.Add(new KeyValuePair<string, int>(slot, node.Node));

    /// <summary>The program in canonical form.</summary>
    public ProgramBody Build()
    {
        int[] places = new int[_nodes.Count];
        Array.Fill(places, -1);
        List<ProgramNode> placed = [];
        PriorityQueue<(int Node, ProgramNode Final), byte[]> ready = new(Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b)));
        int[] waitsFor = [.. _nodes.Select(static n => n.Inputs.Count(static i => i.Slot is null))];
        List<int>[] readers = [.. _nodes.Select(static _ => new List<int>())];
        for (int i = 0; i < _nodes.Count; i++)
        {
            foreach (ProgramSource input in _nodes[i].Inputs.Where(static s => s.Slot is null))
            {
                readers[input.Node].Add(i);
            }

            Enqueue(i);
        }

        while (ready.TryDequeue(out (int Node, ProgramNode Final) next, out _))
        {
            places[next.Node] = placed.Count;
            placed.Add(next.Final);
            foreach (int reader in readers[next.Node])
            {
                waitsFor[reader]--;
                Enqueue(reader);
            }
        }

        return new ProgramBody
        {
            Nodes = placed,
            Outputs = [.. _outputs.Select(o => new KeyValuePair<string, int>(o.Key, places[o.Value]))
                .OrderBy(static o => o.Key, Comparer<string>.Create(RecordFieldsOrder))],
        };

        void Enqueue(int node)
        {
            if (waitsFor[node] == 0)
            {
                ProgramNode final = _nodes[node] with
                {
                    Inputs = [.. _nodes[node].Inputs.Select(i => i.Slot is null ? ProgramSource.OfNode(places[i.Node]) : i)],
                };
                ready.Enqueue((node, final), final.Encode());
            }
        }
    }

    private static int RecordFieldsOrder(string? left, string? right) => Queries.RecordFields.CompareNames(left!, right!);
}
