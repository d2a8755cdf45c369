using Microsoft.AspNetCore.Http;
using P2P.Dashboard.Security;

namespace P2P.Dashboard.Api;

/// <summary>One thing that can be asked for.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Handler">Answers, or says why not.</param>
internal sealed record ApiRoute(string Method, Func<HttpContext, Task<DashboardRefusal>> Handler)
{
    /// <summary>Whether it changes something.</summary>
    public bool Writes { get; init; }

    /// <summary>Whether it needs no session.</summary>
    public bool Open { get; init; }
}
