using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace P2P.Dashboard;

/// <summary>Says at the start of an application how to get into its dashboard.</summary>
internal sealed partial class DashboardNotice(DashboardServer server, ILogger<DashboardServer> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (server.Options.Token is null)
        {
            Ready(logger, server.Node.Name, server.Token);
        }
        else
        {
            Configured(logger, server.Node.Name); // a secret of the application's settings has no place in its logs
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(8000, LogLevel.Information, "Dashboard of {Name}: open the path it is mapped on with #t={Token} behind it.")]
    private static partial void Ready(ILogger logger, string name, string token);

    [LoggerMessage(8001, LogLevel.Information, "Dashboard of {Name}: open the path it is mapped on with #t= and the token of the settings behind it.")]
    private static partial void Configured(ILogger logger, string name);
}
