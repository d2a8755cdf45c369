namespace P2P.Transport.Tcp;

/// <summary>Settings of the TCP transport.</summary>
public sealed record TcpOptions
{
    /// <summary>Connections the system may hold before we accept them. Default 128.</summary>
    public int Backlog { get; init; } = 128;
}
