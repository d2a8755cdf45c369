namespace P2P.Crdt.Federation.Programs;

/// <summary>Where a node of a program takes an input from.</summary>
/// <param name="Slot">A slot of the program, or null.</param>
/// <param name="Node">An earlier node, when there is no slot.</param>
public readonly record struct ProgramSource(string? Slot, int Node)
{
    /// <summary>Input from a slot.</summary>
    /// <param name="name">Slot name.</param>
    public static ProgramSource OfSlot(string name) => new(name, 0);

    /// <summary>Input from an earlier node.</summary>
    /// <param name="index">Its index.</param>
    public static ProgramSource OfNode(int index) => new(null, index);
}
