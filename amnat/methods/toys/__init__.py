"""GANs of points on a line and in the plane: gan-intro, NAT and the Dist-GAN toys."""
