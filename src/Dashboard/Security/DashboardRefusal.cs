namespace P2P.Dashboard.Security;

/// <summary>Why a request was refused. Each is counted; the name is in the answer.</summary>
public enum DashboardRefusal
{
    /// <summary>Not refused.</summary>
    None = 0,

    /// <summary>The <c>Host</c> header names neither loopback nor an allowed name.</summary>
    Host,

    /// <summary>A write or a WebSocket without this dashboard's own <c>Origin</c>.</summary>
    Origin,

    /// <summary>A wrong token.</summary>
    Token,

    /// <summary>No session, or one that has ended.</summary>
    Session,

    /// <summary>A write where writing was not allowed at the start.</summary>
    ReadOnly,

    /// <summary>A body or message over its limit.</summary>
    TooLarge,

    /// <summary>A body, parameter or message that says nothing this dashboard knows.</summary>
    Malformed,

    /// <summary>Too many WebSockets.</summary>
    Sockets,

    /// <summary>What was asked for is not here.</summary>
    Unknown,

    /// <summary>Two documents of one name: say the id.</summary>
    Ambiguous,
}
