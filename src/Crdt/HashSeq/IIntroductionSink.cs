namespace P2P.Crdt.HashSeq;

/// <summary>Gets the elements an introduction turned out to be.</summary>
internal interface IIntroductionSink
{
    /// <summary>The next <paramref name="count"/> scalars are these elements.</summary>
    /// <param name="start">First element number.</param>
    /// <param name="count">How many, consecutive.</param>
    /// <param name="isNew">False when they existed: nothing changed in the tree.</param>
    void Introduced(int start, int count, bool isNew);
}
