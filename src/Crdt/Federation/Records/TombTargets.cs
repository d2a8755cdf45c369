using P2P.Core.Multiformats;

namespace P2P.Crdt.Federation.Records;

/// <summary>
/// Numbers the targets of tombstones, so that the index can keep with each tombstone what it hides in its 32-bit measure.
/// Only admitted events are numbered, so it is never longer than the graph.
/// </summary>
internal sealed class TombTargets
{
    private readonly Dictionary<Cid, uint> _numbers = [];

    /// <summary>The number of an admitted event that a tombstone names; 1 or more.</summary>
    public uint NumberOf(Cid target)
    {
        if (!_numbers.TryGetValue(target, out uint number))
        {
            number = (uint)_numbers.Count + 1;
            _numbers.Add(target, number);
        }

        return number;
    }

    /// <summary>Its number, or 0.</summary>
    public uint Find(Cid target) => _numbers.GetValueOrDefault(target);
}
