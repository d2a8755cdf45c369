using System.ComponentModel.DataAnnotations;

namespace P2P.Dashboard;

/// <summary>What a dashboard may do and how much it takes. Read-only by default.</summary>
public sealed record DashboardOptions
{
    /// <summary>Whether the page may edit documents and take the node off the network. Default false.</summary>
    public bool AllowWrites { get; init; }

    /// <summary>Names beside the loopback ones that a <c>Host</c> header may carry. Default none: another name is a DNS rebinding until somebody says otherwise.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>The secret in the link, at least 16 characters. Default null: 128 random bits for each start.</summary>
    public string? Token { get; init; }

    /// <summary>What the overview runs when somebody presses its button: the checks of <c>p2p doctor</c>, or yours. Default null: no button.</summary>
    public Func<CancellationToken, Task<IReadOnlyList<DashboardCheck>>>? Checks { get; init; }

    /// <summary>Browsers signed in at once; the oldest is signed out beyond. Default 64.</summary>
    [Range(1, 1024)]
    public int SessionsMax { get; init; } = 64;

    /// <summary>How long a browser stays signed in, up to 365 days. Default 12 hours.</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Open WebSockets; further ones are refused by name. Default 64.</summary>
    [Range(1, 1024)]
    public int SocketsMax { get; init; } = 64;

    /// <summary>Longest message of a WebSocket in bytes; a longer one closes it. Default 1 MiB.</summary>
    [Range(1024, 16 << 20)]
    public int MessageBytesMax { get; init; } = 1 << 20;

    /// <summary>How long a browser may take to accept a message before its socket is closed, up to an hour. Default 10 s.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Edits of one browser that may wait for the store; beyond, nothing is read from it. Default 64.</summary>
    [Range(1, 1024)]
    public int EditsWaitingMax { get; init; } = 64;

    /// <summary>Events kept for the log view. Default 500.</summary>
    [Range(1, 10_000)]
    public int LogMax { get; init; } = 500;
}
