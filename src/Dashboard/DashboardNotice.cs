using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace P2P.Dashboard;

/// <summary>Says at the start of an application how to get into its dashboard.</summary>
internal sealed partial class DashboardNotice(DashboardServer server, ILogger<DashboardServer> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        Ready(logger, server.Node.Name, server.Token);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(8000, LogLevel.Information, "Dashboard of {Name}: open the path it is mapped on with #t={Token} behind it.")]
    private static partial void Ready(ILogger logger, string name, string token);
}
