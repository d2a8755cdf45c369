namespace P2P.Transport.Yamux;

/// <summary>A session as its budget sees it.</summary>
internal interface IYamuxMember
{
    /// <summary>Unread bytes held. May be read from any thread.</summary>
    long HeldBytes { get; }

    /// <summary>Resets the stream that holds most.</summary>
    void Relieve();
}
