namespace P2P.Crdt.HashSeq;

/// <summary>Gets the visible parts a removal hides.</summary>
internal interface IRemovalSink
{
    /// <summary>Called before each part goes.</summary>
    /// <param name="offset">UTF-16 offset at that moment.</param>
    /// <param name="units">UTF-16 units removed there.</param>
    void Removed(int offset, int units);
}
