using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using P2P.Node.Hosting;

namespace P2P.Node;

/// <summary>A node in an application of the generic host or of ASP.NET: started and stopped with it.</summary>
public static class P2PServices
{
    /// <summary>
    /// Adds a node: options from section <c>P2P</c>, then from the code here. Offers <see cref="P2PNode"/>; the first who asks for it before the host
    /// has started waits until it listens.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Options in code; they win over the configuration.</param>
    /// <returns>Adds documents, logs and, with its package, the dashboard.</returns>
    public static P2PBuilder AddP2P(this IServiceCollection services, Action<P2PHostOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (!services.Any(static s => s.ServiceType == typeof(NodeRunner)))
        {
            services.AddSingleton<NodeRunner>();
            services.AddSingleton<IHostedService>(static s => s.GetRequiredService<NodeRunner>());
            services.AddSingleton(static s => s.GetRequiredService<NodeRunner>().Node);
            services.AddSingleton<IConfigureOptions<P2PHostOptions>, HostSection>();
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<P2PHostOptions>, HostOptionsCheck>());
            services.AddOptions<P2PHostOptions>().ValidateOnStart();
        }

        if (configure is not null)
        {
            services.Configure(configure);
        }

        return new P2PBuilder(services);
    }

    /// <summary>Adds the check <c>p2p</c>: the node runs and its documents take what is written.</summary>
    /// <param name="builder">Of <c>AddHealthChecks</c>.</param>
    /// <param name="failureStatus">What failing means. Default unhealthy.</param>
    /// <param name="tags">For filters.</param>
    public static IHealthChecksBuilder AddP2P(
        this IHealthChecksBuilder builder, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            "p2p", static s => new NodeHealthCheck(s.GetService<NodeRunner>()), failureStatus, tags));
    }
}
