using P2P.Core.Multiformats;

namespace P2P.Node.Documents;

/// <summary>The text at one moment. Immutable, usable from any thread.</summary>
/// <param name="Text">The visible text.</param>
/// <param name="Version">The moment; base edits on it.</param>
/// <param name="Heads">Heads of the events behind the text, ascending.</param>
public sealed record TextSnapshot(string Text, TextVersion Version, IReadOnlyList<Cid> Heads)
{
    /// <summary>UTF-16 units.</summary>
    public int Length => Text.Length;

    /// <summary>The lines, without their ends.</summary>
    public IReadOnlyList<string> Lines => Text.Split('\n');
}
