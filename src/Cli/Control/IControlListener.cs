namespace P2P.Cli.Control;

/// <summary>Accepts commands of the same user.</summary>
internal interface IControlListener : IAsyncDisposable
{
    /// <summary>The next connection.</summary>
    Task<Stream> AcceptAsync(CancellationToken cancellationToken);
}
